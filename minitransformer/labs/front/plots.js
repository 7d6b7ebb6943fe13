// Bars, lines and points.

const FEW = 16; // points of a curve up to which each is marked

function drawBars(pen, panel, width, height, theme) {
  const values = floatsOf(panel.values);
  let [low, high] = endsOf([values], null, panel.high);
  low = Math.min(low, panel.low);
  if (!(high > low)) high = low + 1;
  const ticks = ticksOf(low, high, 5);
  const names = barNames(pen, panel, width);
  const box = plotBox(pen, width, height - names.extra, panel, ticks);
  const scale = scaleOf(low, high, box.bottom, box.top);
  drawYAxis(pen, box, scale, ticks, theme);
  const step = (box.right - box.left) / Math.max(values.length, 1);
  const base = scale(Math.max(low, Math.min(0, high)));
  const place = (_, number) => {
    const value = Number.isFinite(values[number]) ? values[number] : high;
    const top = scale(Math.min(Math.max(value, low), high));
    return {
      x: box.left + number * step + step * 0.12,
      y: Math.min(top, base),
      width: step * 0.76,
      height: Math.abs(base - top),
    };
  };
  values.forEach((value, number) => drawBar(pen, panel, place(0, number), value, number, theme));
  drawBarNames(pen, panel, box, step, names, theme);
  drawAxisLabels(pen, box, height, panel, theme);
  return {
    rows: 1,
    columns: values.length,
    place,
    say: (_, number) => {
      const left = panel.faded.includes(number) ? ", left out" : "";
      return `${panel.labels[number] ?? number}: ${asText(values[number])}${left}`;
    },
  };
}

function drawBar(pen, panel, bar, value, number, theme) {
  if (!Number.isFinite(value)) {
    pen.strokeStyle = theme.strong;
    pen.setLineDash([4, 3]);
    pen.strokeRect(bar.x, bar.y, bar.width, bar.height);
    pen.setLineDash([]);
    pen.fillStyle = theme.strong;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText("?", bar.x + bar.width / 2, bar.y + bar.height / 2);
    return;
  }
  const marked = panel.marked.includes(number);
  const faded = panel.faded.includes(number);
  pen.fillStyle = marked ? theme.strong : faded ? theme.faded : theme.series[0];
  pen.globalAlpha = faded ? 0.55 : 1;
  pen.fillRect(bar.x, bar.y, bar.width, bar.height);
  pen.globalAlpha = 1;
}

// Names that are too wide lean; of numbers some are left out instead.
function barNames(pen, panel, width) {
  const step = (width - 60) / Math.max(panel.labels.length, 1);
  const widest = Math.max(0, ...panel.labels.map((text) => pen.measureText(text).width));
  if (panel.labels.every((text) => /^[≤≥−]*[\d.]+$/.test(text))) {
    return { leaning: false, extra: 0, every: Math.max(1, Math.ceil((widest + 8) / step)) };
  }
  const leaning = widest > step - 4;
  const extra = leaning ? Math.min(widest, 80) * 0.87 - FONT_SIZE + 6 : 0;
  return { leaning, extra, every: Math.ceil((FONT_SIZE + 2) / step) };
}

function drawBarNames(pen, panel, box, step, names, theme) {
  pen.fillStyle = theme.soft;
  panel.labels.forEach((text, number) => {
    if (number % names.every) return;
    pen.save();
    pen.translate(box.left + (number + 0.5) * step, box.bottom + 7);
    pen.textAlign = names.leaning ? "right" : "center";
    pen.textBaseline = names.leaning ? "middle" : "top";
    if (names.leaning) pen.rotate(-Math.PI / 3);
    pen.fillText(names.leaning ? fitted(pen, text, 80) : text, 0, 0);
    pen.restore();
  });
}

function drawLines(pen, panel, width, height, theme) {
  const x = floatsOf(panel.x);
  const series = panel.series.map(floatsOf);
  const [left, right] = endsOf([x], null, null, panel.logx);
  const [low, high] = endsOf(series, panel.low, panel.high, panel.logy);
  const margin = panel.logy || panel.low !== null ? 0 : 0.04 * (high - low);
  const legend = legendOf(pen, panel, width);
  const yTicks = ticksOf(low, high, 4, panel.logy);
  const box = plotBox(pen, width, height - legend.height, panel, yTicks);
  const acrossScale = scaleOf(left, right, box.left + 4, box.right - 4, panel.logx);
  const upScale = scaleOf(low - margin, high + margin, box.bottom, box.top, panel.logy);
  drawYAxis(pen, box, upScale, yTicks, theme);
  drawXTicks(pen, box, acrossScale, ticksOf(left, right, 5, panel.logx), theme);
  drawAxisLabels(pen, box, height - legend.height, panel, theme);
  if (panel.at !== null) {
    pen.strokeStyle = theme.ink;
    pen.lineWidth = 1.5;
    line(pen, acrossScale(panel.at), box.top, acrossScale(panel.at), box.bottom);
  }
  pen.save();
  pen.beginPath();
  pen.rect(box.left, box.top - 4, box.right - box.left, box.bottom - box.top + 8);
  pen.clip();
  series.forEach((values, number) => {
    const points = [...values].map((value, place) => [
      acrossScale(x[place]),
      Number.isFinite(value) && !(panel.logy && value <= 0) ? upScale(value) : NaN,
    ]);
    drawCurve(pen, points, number, theme, x.length <= FEW);
  });
  pen.restore();
  drawLegend(pen, legend, height, theme, x.length <= FEW);
  return {
    rows: series.length,
    columns: x.length,
    place: (row, column) => {
      const value = series[row][column];
      const y = Number.isFinite(value) ? upScale(value) : box.bottom;
      return { x: acrossScale(x[column]) - 6, y: y - 6, width: 12, height: 12 };
    },
    say: (row, column) => {
      const where = `${panel.xlabel || "x"} ${asText(x[column])}`;
      return `${panel.names[row]}, ${where}: ${asText(series[row][column])}`;
    },
  };
}

function drawCurve(pen, points, number, theme, marked) {
  pen.strokeStyle = pen.fillStyle = theme.series[number % theme.series.length];
  pen.lineWidth = 2;
  pen.setLineDash(DASHES[number % DASHES.length]);
  pen.beginPath();
  let drawing = false;
  for (const [x, y] of points) {
    if (Number.isNaN(y)) drawing = false;
    else if (drawing) pen.lineTo(x, y);
    else {
      pen.moveTo(x, y);
      drawing = true;
    }
  }
  pen.stroke();
  pen.setLineDash([]);
  if (marked) {
    for (const [x, y] of points) if (!Number.isNaN(y)) drawMarker(pen, number, x, y);
  }
}

function drawMarker(pen, number, x, y) {
  const shapes = [
    () => pen.arc(x, y, 3.5, 0, 2 * Math.PI),
    () => pen.rect(x - 3, y - 3, 6, 6),
    () => polygon(pen, [[x, y - 4.5], [x + 4.5, y + 3.5], [x - 4.5, y + 3.5]]),
    () => polygon(pen, [[x, y - 4.5], [x + 4.5, y], [x, y + 4.5], [x - 4.5, y]]),
  ];
  pen.beginPath();
  shapes[number % shapes.length]();
  pen.fill();
}

function polygon(pen, corners) {
  pen.moveTo(...corners[0]);
  for (const corner of corners.slice(1)) pen.lineTo(...corner);
  pen.closePath();
}

// Names of the curves below the plot, in rows that fit.
function legendOf(pen, panel, width) {
  if (panel.names.length < 2) return { height: 0, entries: [] };
  let [x, row] = [0, 0];
  const entries = panel.names.map((name) => {
    const long = pen.measureText(name).width + 46;
    if (x && x + long > width - 20) [x, row] = [0, row + 1];
    const entry = { name, x, row };
    x += long;
    return entry;
  });
  return { height: (row + 1) * (FONT_SIZE + 6) + 4, entries };
}

function drawLegend(pen, legend, height, theme, marked) {
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  legend.entries.forEach(({ name, x, row }, number) => {
    const y = height - legend.height + 10 + row * (FONT_SIZE + 6);
    drawCurve(pen, [[10 + x, y], [36 + x, y]], number, theme, marked);
    pen.fillStyle = theme.ink;
    pen.fillText(name, 43 + x, y);
  });
}

function drawPoints(pen, panel, width, height, theme) {
  const xy = floatsOf(panel.xy);
  const count = xy.length / 2;
  const xs = Array.from({ length: count }, (_, number) => xy[2 * number]);
  const ys = Array.from({ length: count }, (_, number) => xy[2 * number + 1]);
  const given = panel.low !== null && panel.high !== null;
  const [left, right] = given ? [panel.low, panel.high] : padded(endsOf([xs], null, null));
  const [low, high] = given ? [panel.low, panel.high] : padded(endsOf([ys], null, null));
  const sizes = panel.sizes ? floatsOf(panel.sizes) : null;
  const yTicks = ticksOf(low, high, 4);
  const box = plotBox(pen, width, height, panel, yTicks);
  const unit = Math.min((box.right - box.left) / (right - left), (box.bottom - box.top) / (high - low));
  const [middleX, middleY] = [(left + right) / 2, (low + high) / 2];
  const across = (value) => (box.left + box.right) / 2 + (value - middleX) * unit;
  const up = (value) => (box.top + box.bottom) / 2 - (value - middleY) * unit;
  drawYAxis(pen, box, up, yTicks, theme);
  drawXTicks(pen, box, across, ticksOf(left, right, 4), theme);
  drawAxisLabels(pen, box, height, panel, theme);
  pen.lineWidth = 1.5;
  for (const [from, to] of panel.arrows) {
    pen.strokeStyle = panel.marked.includes(to) ? theme.strong : theme.soft;
    drawArrow(pen, across(xs[from]), up(ys[from]), across(xs[to]), up(ys[to]));
  }
  for (let number = 0; number < count; number++) {
    const marked = panel.marked.includes(number);
    const [x, y] = [across(xs[number]), up(ys[number])];
    pen.fillStyle = marked ? theme.strong : theme.series[0];
    pen.beginPath();
    const radius = dotRadius(sizes?.[number], marked);
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fill();
    pen.fillStyle = theme.ink;
    pen.textBaseline = "bottom";
    const leftwards = x > width - 60;
    pen.textAlign = leftwards ? "right" : "left";
    const away = Math.max(5, radius * 0.75 + 2); // the name stands clear of its dot
    pen.fillText(panel.labels[number] ?? "", x + (leftwards ? -away : away), y - away + 3);
  }
  return {
    rows: 1,
    columns: count,
    place: (_, number) => ({
      x: across(xs[number]) - 8, y: up(ys[number]) - 8, width: 16, height: 16,
    }),
    say: (_, number) =>
      `${panel.labels[number] ?? number}: ${asText(xs[number])}, ${asText(ys[number])}`,
  };
}

// Both axes have one unit, so what lies wide is drawn low.
function pointsHeight(panel, width) {
  if (panel.low !== null) return width;
  const xy = floatsOf(panel.xy);
  const axis = (odd) => padded(endsOf([xy.filter((_, place) => place % 2 === odd)], null, null));
  const [[left, right], [low, high]] = [axis(0), axis(1)];
  const height = ((width - 60) * (high - low)) / (right - left) + 60;
  return Math.min(Math.max(height, 140), width);
}

function dotRadius(size, marked) {
  if (size === undefined) return marked ? 5 : 3.5;
  return size > 0 ? 3 + 15 * Math.sqrt(size) : 0;
}

function padded([low, high]) {
  const margin = 0.08 * (high - low) || 1;
  return [low - margin, high + margin];
}
