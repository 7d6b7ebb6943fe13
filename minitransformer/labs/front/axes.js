// Axes: numbers from buffers, scales, ticks, and the frame of a plot.

const FONT_SIZE = 12;

// Buffers arrive as views that may start anywhere in their message.
function floatsOf(view) {
  return new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

function levelsOf(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function asText(value) {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e5 || size < 1e-3) return value.toExponential(1).replace("-", "−");
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toFixed(digits).replace("-", "−");
}

function tickText(value) {
  const size = Math.abs(value);
  if (size >= 1e5 || (size > 0 && size < 1e-3)) {
    return value.toExponential(0).replace("e+", "e").replace("-", "−");
  }
  return String(Number(value.toPrecision(6))).replace("-", "−");
}

// A function from values to pixels; ends that are equal are moved apart.
function scaleOf(low, high, from, to, logarithmic = false) {
  const turn = logarithmic ? (value) => Math.log10(Math.max(value, 1e-38)) : (value) => value;
  let [first, last] = [turn(low), turn(high)];
  if (!(last > first)) [first, last] = [first - 0.5, first + 0.5];
  return (value) => from + ((turn(value) - first) / (last - first)) * (to - from);
}

function ticksOf(low, high, wanted, logarithmic = false) {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [];
  if (logarithmic) return powersOfTen(low, high, wanted);
  if (!(high > low)) return [low];
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const ticks = [];
  for (let place = Math.ceil(low / step - 1e-9); place * step <= high + 1e-9 * step; place++) {
    ticks.push(place * step);
  }
  return ticks;
}

function powersOfTen(low, high, wanted) {
  const [first, last] = [Math.log10(Math.max(low, 1e-38)), Math.log10(Math.max(high, 1e-38))];
  const step = Math.max(1, Math.ceil((last - first) / wanted));
  const ticks = [];
  for (let power = Math.ceil(first - 1e-9); power <= last + 1e-9; power += step) {
    ticks.push(10 ** power);
  }
  return ticks.length > 1 ? ticks : [low, high];
}

// The ends of an axis: those given, else those of the finite values.
function endsOf(arrays, low, high, logarithmic = false) {
  let [smallest, largest] = [Infinity, -Infinity];
  for (const values of arrays) {
    for (const value of values) {
      if (!Number.isFinite(value) || (logarithmic && value <= 0)) continue;
      if (value < smallest) smallest = value;
      if (value > largest) largest = value;
    }
  }
  if (smallest > largest) [smallest, largest] = logarithmic ? [0.1, 1] : [0, 1];
  return [low ?? smallest, high ?? largest];
}

// The rectangle that is left for a plot beside its ticks and labels.
function plotBox(pen, width, height, panel, yTicks) {
  const widest = Math.max(0, ...yTicks.map((tick) => pen.measureText(tickText(tick)).width));
  const left = widest + 10 + (panel.ylabel ? FONT_SIZE + 6 : 0);
  const bottom = FONT_SIZE + 12 + (panel.xlabel ? FONT_SIZE + 4 : 0);
  return { left, top: 8, right: width - 10, bottom: height - bottom };
}

function drawYAxis(pen, box, scale, ticks, theme) {
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const tick of ticks) {
    const y = scale(tick);
    pen.strokeStyle = theme.grid;
    pen.lineWidth = 1;
    line(pen, box.left, y, box.right, y);
    pen.fillStyle = theme.soft;
    pen.fillText(tickText(tick), box.left - 6, y);
  }
}

function drawXTicks(pen, box, scale, ticks, theme) {
  pen.textAlign = "center";
  pen.textBaseline = "top";
  pen.fillStyle = theme.soft;
  pen.strokeStyle = theme.soft;
  for (const tick of ticks) {
    line(pen, scale(tick), box.bottom, scale(tick), box.bottom + 4);
    pen.fillText(tickText(tick), scale(tick), box.bottom + 7);
  }
}

function drawAxisLabels(pen, box, height, panel, theme) {
  pen.fillStyle = theme.ink;
  pen.textAlign = "center";
  if (panel.xlabel) {
    pen.textBaseline = "bottom";
    pen.fillText(panel.xlabel, (box.left + box.right) / 2, height - 1);
  }
  if (panel.ylabel) {
    pen.save();
    pen.translate(1, (box.top + box.bottom) / 2);
    pen.rotate(-Math.PI / 2);
    pen.textBaseline = "top";
    pen.fillText(panel.ylabel, 0, 0);
    pen.restore();
  }
}

function line(pen, fromX, fromY, toX, toY) {
  pen.beginPath();
  pen.moveTo(fromX, fromY);
  pen.lineTo(toX, toY);
  pen.stroke();
}

function drawArrow(pen, fromX, fromY, toX, toY) {
  const angle = Math.atan2(toY - fromY, toX - fromX);
  line(pen, fromX, fromY, toX, toY);
  for (const turn of [-0.45, 0.45]) {
    const [x, y] = [toX - 9 * Math.cos(angle + turn), toY - 9 * Math.sin(angle + turn)];
    line(pen, toX, toY, x, y);
  }
}

// The text, cut so that it fits.
function fitted(pen, text, room) {
  if (pen.measureText(text).width <= room) return text;
  let kept = text;
  while (kept.length > 1 && pen.measureText(`${kept}…`).width > room) kept = kept.slice(0, -1);
  return `${kept}…`;
}
