// Tokens in boxes that wrap, and trees.

const TOKEN_HEIGHT = 24;

function tokenRows(pen, panel, width) {
  let [x, row] = [2, 0];
  return panel.tokens.map((token) => {
    const long = Math.max(pen.measureText(token).width + 12, 16);
    if (x > 2 && x + long > width - 2) [x, row] = [2, row + 1];
    const place = { x, y: 3 + row * (TOKEN_HEIGHT + 5), width: long, height: TOKEN_HEIGHT };
    x += long + 3;
    return place;
  });
}

function drawTokens(pen, panel, width, height, theme) {
  const shades = panel.shades ? floatsOf(panel.shades) : null;
  const places = tokenRows(pen, panel, width);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  panel.tokens.forEach((token, number) => {
    const box = places[number];
    const level = levelOf(shades ? shades[number] : 0.1 + 0.25 * (number % 2), 0, 1);
    pen.fillStyle = level === NOTHING ? theme.nothing : cividis(level);
    pen.fillRect(box.x, box.y, box.width, box.height);
    if (panel.marked.includes(number)) {
      pen.strokeStyle = theme.strong;
      pen.lineWidth = 3;
      pen.strokeRect(box.x, box.y, box.width, box.height);
    }
    pen.fillStyle = inkOn(level);
    const text = fitted(pen, token, width - 8);
    pen.fillText(text, box.x + box.width / 2, box.y + box.height / 2 + 1);
  });
  return {
    rows: 1,
    columns: panel.tokens.length,
    place: (_, number) => places[number],
    say: (_, number) =>
      `${panel.tokens[number]}${shades ? `: ${asText(shades[number])}` : ""}` +
      (panel.marked.includes(number) ? ", marked" : ""),
  };
}

const BRANCH_HEIGHT = 30;

function drawTree(pen, panel, width, height, theme) {
  const branches = panel.branches;
  const texts = branches.map((branch) => `${branch.label}  ${asText(branch.score)}`);
  const widths = texts.map((text) => pen.measureText(text).width + 12);
  const depth = Math.max(0, ...branches.map((branch) => branch.x));
  const column = (width - 8 - Math.max(0, ...widths)) / Math.max(depth, 1);
  const top = Math.max(0, ...branches.map((branch) => branch.y));
  const places = branches.map((branch, number) => ({
    x: 4 + branch.x * column,
    y: 4 + (top - branch.y) * BRANCH_HEIGHT,
    width: Math.min(widths[number], depth ? column - 14 : width),
    height: BRANCH_HEIGHT - 8,
  }));
  branches.forEach((branch, number) => {
    if (branch.parent < 0) return;
    const [from, to] = [places[branch.parent], places[number]];
    pen.strokeStyle = branch.best ? theme.strong : branch.kept ? theme.series[0] : theme.faded;
    pen.lineWidth = branch.best ? 3 : 1.5;
    pen.setLineDash(branch.kept ? [] : [3, 3]);
    const [startX, startY] = [from.x + from.width, from.y + from.height / 2];
    const endY = to.y + to.height / 2;
    pen.beginPath();
    pen.moveTo(startX, startY);
    pen.bezierCurveTo((startX + to.x) / 2, startY, (startX + to.x) / 2, endY, to.x, endY);
    pen.stroke();
    pen.setLineDash([]);
  });
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  branches.forEach((branch, number) => {
    const box = places[number];
    pen.fillStyle = theme.paper;
    pen.fillRect(box.x, box.y, box.width, box.height);
    pen.strokeStyle = branch.best ? theme.strong : branch.kept ? theme.series[0] : theme.faded;
    pen.lineWidth = branch.best ? 2.5 : 1;
    pen.strokeRect(box.x, box.y, box.width, box.height);
    pen.fillStyle = branch.kept ? theme.ink : theme.soft;
    const text = fitted(pen, texts[number], box.width - 8);
    pen.fillText(text, box.x + 6, box.y + box.height / 2 + 1);
  });
  return {
    rows: 1,
    columns: branches.length,
    place: (_, number) => places[number],
    say: (_, number) => {
      const { label, score, kept, best } = branches[number];
      return `${label}: ${asText(score)}${best ? ", best" : kept ? ", kept" : ", dropped"}`;
    },
  };
}
