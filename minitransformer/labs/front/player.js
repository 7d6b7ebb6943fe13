// A page without Python: moves are answered with the picture computed ahead that is nearest.

const data = JSON.parse(document.getElementById("data").textContent);

function decoded(value) {
  if (Array.isArray(value)) return value.map(decoded);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.base64 === "string") {
    return new DataView(Uint8Array.from(atob(value.base64), (l) => l.charCodeAt(0)).buffer);
  }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, decoded(entry)]));
}

function nearest(values, value) {
  if (typeof value !== "number") return Math.max(values.indexOf(value), 0);
  const distances = values.map((candidate) => Math.abs(candidate - value));
  return distances.indexOf(Math.min(...distances));
}

const listeners = [];
const state = { frame: decoded(data.frames[data.start]), about: data.about };
const model = {
  get: (name) => state[name],
  on: (name, listener) => name === "change:frame" && listeners.push(listener),
  off: () => {},
  send: ({ turn, settings }) => {
    const places = Object.entries(data.axes).map(([name, values]) => nearest(values, settings[name]));
    const frame = decoded(data.frames[places.join(",")]);
    state.frame = { ...frame, turn, settings };
    for (const listener of listeners) listener();
  },
};
render({ model, el: document.getElementById("lab") });
