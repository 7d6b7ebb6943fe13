// Colours: cividis for numbers, Okabe and Ito's palette for series, the page's own for text.

// 255 levels, three bytes each
const CIVIDIS = Uint8Array.from(atob(
  "ACJOACNPACRRACVTACVUACZWACdYAChZAChbACldACpfACphACtiACxkACxmAC1oAC5qAC5sAC9tADBvADBwADFwADFxATJx" +
  "BTNxCDNwDDRwDzVwEjVwFDZwFjdwGDdvGjhvHDlvHjpvIDpvITtuIzxuJDxuJj1uJz5uKT9uKj9tK0BtLUFtLkFtL0JtMUNt" +
  "MkNtM0RtNEVsNUVsNkZsOEdsOUhsOkhsO0lsPEpsPUpsPktsP0xsQExsQU1sQk5sQ05sRE9sRVBsRlFsR1FsSFJsSVNsSlNs" +
  "S1RsTFVsTVVsTlZsT1dsUFdsUVhtUlltU1ptVFptVVttVVxtVlxtV11tWF5tWV5uWl9uW2BuXGFuXWFuXmJuXmNvX2NvYGRv" +
  "YWVvYmVvY2ZwZGdwZWhwZWhwZmlwZ2pxaGpxaWtxamxxa21ybG1ybG5ybW9ybm9zb3BzcHFzcXJ0cnJ0cnN0c3R1dHR1dXV1" +
  "dnZ2d3d2d3d3eHh3eXl3enp4e3p4fXx4fnx4fn14f354gH94gX94goB5g4F5hIJ5hYJ5hoN5h4R4iIV4iYV4ioZ4i4d4jIh4" +
  "jYh4jol4j4p4kIt4kYt4kox4ko14k454lI53lY93lpB3l5F3mJJ3mZJ3mpN2m5R2nJV2nZV2npZ2n5d1oJh1oZl1opl1o5p0" +
  "pJt0pZx0ppx0p51zqJ5zqZ9zqqBzq6ByrKFyraJyrqNxr6RxsKVxsaVws6ZwtKdvtahvtqlvt6luuKpuuattuqxtu61tvK5s" +
  "va5svq9rv7BrwLFqwbJqwrNpw7NpxLRoxbVoxrZnx7dnyLhmyblly7llzLpkzbtjzrxjz71i0L5i0b9h0sBg08Bf1MFf1cJe" +
  "1sNd18Rc2cVc2sZb28da3MhZ3chY3slY38pX4MtW4cxV4s1U5M5T5c9S5tBR59FQ6NJP6dNO6tNM69RL7dVK7tZJ79dI8NhG" +
  "8dlF8tpE89tC9dxB9t0/994++N88+eA6++E4/OI2/eM0/uQ0/uU1/uY2/ug4"
), (letter) => letter.charCodeAt(0));
const NOTHING = 255;

const SERIES_ON_LIGHT = ["#0072b2", "#d55e00", "#009e73", "#b0508a", "#2f7fb0", "#000000", "#a86f00"];
const SERIES_ON_DARK = ["#56b4e9", "#f08a3c", "#2fc596", "#e09cc4", "#a9d8f5", "#ffffff", "#e6b43c"];
const DASHES = [[], [7, 4], [9, 3, 2, 3], [2, 3]];

function brightness(colour) {
  const [red, green, blue] = (colour.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}

// What the page's theme is, read from the element that shows the lab.
function themeOf(element) {
  const style = getComputedStyle(element);
  const dark = brightness(style.color) > 0.5;
  return {
    ink: style.color,
    soft: dark ? "#b5b5b5" : "#595959",
    grid: dark ? "#4a4a4a" : "#d6d6d6",
    nothing: dark ? "#3a3a3a" : "#e3e3e3",
    faded: dark ? "#6b6b6b" : "#b0b0b0",
    series: dark ? SERIES_ON_DARK : SERIES_ON_LIGHT,
    strong: dark ? "#f08a3c" : "#d55e00",
    paper: style.getPropertyValue("--mt-paper").trim() || (dark ? "#111111" : "#ffffff"),
    font: style.fontFamily,
  };
}

// The level, 0 to 254, of a value on a scale.
function levelOf(value, low, high) {
  if (!Number.isFinite(value)) return NOTHING;
  return Math.round(Math.min(Math.max((value - low) / (high - low), 0), 1) * 254);
}

function cividis(level) {
  return `rgb(${CIVIDIS[3 * level]}, ${CIVIDIS[3 * level + 1]}, ${CIVIDIS[3 * level + 2]})`;
}

// Black or white, whichever can be read on that level.
function inkOn(level) {
  return level === NOTHING || brightness(cividis(level)) > 0.42 ? "#000000" : "#ffffff";
}
