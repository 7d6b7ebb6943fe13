// Heat maps.

const WRITTEN_IN = 8; // rows and columns up to which values are written into the cells

function heatmapSize(panel, room, crowded) {
  const [rows, columns] = panel.shape;
  const widest = crowded ? 210 : 330;
  const width = Math.min(room, widest);
  const wide = columns > 3 * rows;
  const cell = Math.min((width - 60) / columns, 44);
  const tallest = wide ? Math.max(rows * 14, 60) : rows * cell;
  const names = panel.columns.length ? Math.min(longest(panel.columns), 10) * 6 : 0;
  return { width, height: Math.min(tallest, 1.5 * width) + 52 + names };
}

function longest(texts) {
  return Math.max(0, ...texts.map((text) => text.length));
}

function drawHeatmap(pen, panel, width, height, theme) {
  const [rows, columns] = panel.shape;
  const values = panel.exact ? floatsOf(panel.values) : null;
  const levels = panel.exact
    ? Uint8Array.from(values, (value) => levelOf(value, panel.low, panel.high))
    : levelsOf(panel.values);
  const box = heatmapBox(pen, panel, width, height);
  paintCells(pen, levels, rows, columns, box, theme);
  const cellWidth = (box.right - box.left) / columns;
  const cellHeight = (box.bottom - box.top) / rows;
  const place = (row, column) => ({
    x: box.left + column * cellWidth,
    y: box.top + row * cellHeight,
    width: cellWidth,
    height: cellHeight,
  });
  if (Math.min(cellWidth, cellHeight) >= 8) drawCellBorders(pen, place, rows, columns, theme);
  const roomy = cellWidth >= 30 && cellHeight >= 18;
  if (values && roomy && rows <= WRITTEN_IN && columns <= WRITTEN_IN) {
    writeValues(pen, values, levels, rows, columns, place);
  }
  drawCellNames(pen, panel, box, cellWidth, cellHeight, theme);
  drawColourScale(pen, panel, box, height, theme);
  drawMarkedCells(pen, panel, place, theme);
  const valueAt = (row, column) => {
    const number = row * columns + column;
    if (values && Number.isNaN(values[number])) return "nothing here";
    if (values) return (values.every(Number.isInteger) ? tickText : asText)(values[number]);
    if (levels[number] === NOTHING) return "nothing here";
    return `about ${asText(panel.low + (levels[number] / 254) * (panel.high - panel.low))}`;
  };
  const named = (names, number) => (number in names ? `“${names[number]}”` : number);
  return {
    rows,
    columns,
    place,
    say: (row, column) => {
      const where = [
        `${panel.ylabel || "row"} ${named(panel.rows, row)}`,
        `${panel.xlabel || "column"} ${named(panel.columns, column)}`,
      ];
      return `${where.join(", ")}: ${valueAt(row, column)}`;
    },
  };
}

function heatmapBox(pen, panel, width, height) {
  const [rows, columns] = panel.shape;
  const rowNames = Math.min(
    Math.max(0, ...panel.rows.map((text) => pen.measureText(text).width)),
    width / 3,
  );
  const left = 10 + rowNames + (panel.ylabel ? FONT_SIZE + 6 : 0);
  const names = columnNamesHeight(pen, panel, (width - left - 4) / columns);
  const below = names + 26 + (panel.xlabel ? FONT_SIZE + 4 : 0);
  const [roomX, roomY] = [width - left - 4, height - below - 4];
  if (columns > 3 * rows) return { left, top: 4, right: left + roomX, bottom: 4 + roomY, names };
  const cell = Math.min(roomX / columns, roomY / rows);
  return { left, top: 4, right: left + cell * columns, bottom: 4 + cell * rows, names };
}

// Names stand upright where the widest fits its cell, else they lean.
function columnNamesHeight(pen, panel, cellWidth) {
  if (!panel.columns.length) return 0;
  const widest = Math.max(...panel.columns.map((text) => pen.measureText(text).width));
  return widest <= cellWidth - 2 ? FONT_SIZE + 6 : Math.min(widest, 70) * 0.87 + 10;
}

// One pixel a cell, enlarged in one step: quick whatever the size.
function paintCells(pen, levels, rows, columns, box, theme) {
  const image = new ImageData(columns, rows);
  const [red, green, blue] = hexBytes(theme.nothing);
  for (let number = 0; number < levels.length; number++) {
    const level = levels[number];
    const nothing = level === NOTHING;
    image.data[4 * number] = nothing ? red : CIVIDIS[3 * level];
    image.data[4 * number + 1] = nothing ? green : CIVIDIS[3 * level + 1];
    image.data[4 * number + 2] = nothing ? blue : CIVIDIS[3 * level + 2];
    image.data[4 * number + 3] = 255;
  }
  const small = new OffscreenCanvas(columns, rows);
  small.getContext("2d").putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, box.left, box.top, box.right - box.left, box.bottom - box.top);
}

function hexBytes(colour) {
  return [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
}

function drawCellBorders(pen, place, rows, columns, theme) {
  const [first, last] = [place(0, 0), place(rows - 1, columns - 1)];
  pen.strokeStyle = theme.paper;
  pen.lineWidth = 1;
  for (let row = 1; row < rows; row++) {
    const y = place(row, 0).y;
    line(pen, first.x, y, last.x + last.width, y);
  }
  for (let column = 1; column < columns; column++) {
    const x = place(0, column).x;
    line(pen, x, first.y, x, last.y + last.height);
  }
}

function writeValues(pen, values, levels, rows, columns, place) {
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const written = values.every(Number.isInteger) ? tickText : asText;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const number = row * columns + column;
      if (Number.isNaN(values[number])) continue;
      const cell = place(row, column);
      pen.fillStyle = levels[number] === NOTHING ? "#777777" : inkOn(levels[number]);
      const text = fitted(pen, written(values[number]), cell.width - 2);
      pen.fillText(text, cell.x + cell.width / 2, cell.y + cell.height / 2);
    }
  }
}

function drawCellNames(pen, panel, box, cellWidth, cellHeight, theme) {
  pen.fillStyle = theme.soft;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  const everyRow = Math.ceil(FONT_SIZE / cellHeight);
  panel.rows.forEach((text, row) => {
    if (row % everyRow) return;
    pen.fillText(fitted(pen, text, box.left - 5), box.left - 4, box.top + (row + 0.5) * cellHeight);
  });
  const everyColumn = Math.ceil(FONT_SIZE / cellWidth);
  const upright = box.names === FONT_SIZE + 6;
  panel.columns.forEach((text, column) => {
    if (column % everyColumn) return;
    pen.save();
    pen.translate(box.left + (column + 0.5) * cellWidth, box.bottom + 5);
    pen.textBaseline = upright ? "top" : "middle";
    pen.textAlign = upright ? "center" : "right";
    if (!upright) pen.rotate(-Math.PI / 3);
    pen.fillText(upright ? text : fitted(pen, text, 70), 0, 0);
    pen.restore();
  });
}

function drawColourScale(pen, panel, box, height, theme) {
  const top = box.bottom + box.names + (panel.xlabel ? FONT_SIZE + 8 : 4) + 4;
  pen.fillStyle = theme.ink;
  pen.textAlign = "center";
  pen.textBaseline = "top";
  const middle = (box.left + box.right) / 2;
  if (panel.xlabel) pen.fillText(panel.xlabel, middle, box.bottom + box.names + 3);
  if (panel.ylabel) {
    pen.save();
    pen.translate(1, (box.top + box.bottom) / 2);
    pen.rotate(-Math.PI / 2);
    pen.fillText(panel.ylabel, 0, 0);
    pen.restore();
  }
  const [low, high] = [tickText(round3(panel.low)), tickText(round3(panel.high))];
  const long = Math.min(110, box.right - box.left - 50);
  if (long < 20) return;
  const from = middle - long / 2;
  const strip = pen.createLinearGradient(from, 0, from + long, 0);
  for (let stop = 0; stop <= 8; stop++) {
    strip.addColorStop(stop / 8, cividis(Math.round((stop / 8) * 254)));
  }
  pen.fillStyle = strip;
  pen.fillRect(from, top + 2, long, 8);
  pen.fillStyle = theme.soft;
  pen.textAlign = "right";
  pen.fillText(low, from - 5, top);
  pen.textAlign = "left";
  pen.fillText(high, from + long + 6, top);
}

function round3(value) {
  return Number(value.toPrecision(3));
}

function drawMarkedCells(pen, panel, place, theme) {
  pen.strokeStyle = theme.strong;
  pen.lineWidth = 2.5;
  for (const [row, column] of panel.marked) {
    const cell = place(row, column);
    pen.strokeRect(cell.x + 1, cell.y + 1, cell.width - 2, cell.height - 2);
  }
}
