// A long chart to look at closely, drawn by uPlot in place of the page's own drawing. Its data is the chart's table, which stays, and so
// do the words: what a point is worth is said as the table says it. Fetched where a chart has more points than columns could show.

import uPlot from "uplot";

const LEAST = 4; // points that are shown at least, end to end
const CLOSER = 0.5; // of what is shown that one step with a key shows
const HEIGHT = 240;
const STYLE = "/assets/zoom.css";

// zoom draws the panel's chart. The panel says the unit, and the words for what can be done with it.
export async function zoom(panel) {
  const chart = panel.querySelector(".chart");
  const points = [...chart.querySelectorAll(".twin tbody tr")].map(pointOf);
  const { frame, said, all } = furnish(panel, chart);
  await styled();
  let at = null; // the point that is looked at
  const look = (i) => {
    if (i === null || i === undefined || i === at) return;
    at = i;
    const { name, href, text } = points[i];
    const title = document.createElement(href ? "a" : "b");
    if (href) title.href = href;
    title.textContent = name;
    said.replaceChildren(title, ` ${text}`);
  };
  const u = new uPlot(options(panel, points, frame.clientWidth, look), columns(points), frame);
  const last = points.length - 1;
  const show = (min, max) => {
    const span = Math.min(Math.max(max - min, LEAST), last);
    const from = Math.min(Math.max(min, 0), last - span);
    u.setScale("x", { min: from, max: from + span });
  };
  u.hooks.setScale = [() => all.hidden = u.scales.x.max - u.scales.x.min >= last];
  const whole = () => show(0, last);
  all.addEventListener("click", whole);
  u.over.addEventListener("dblclick", whole);
  byClick(u.over, () => at !== null && points[at].href);
  byTouch(u, show);
  byKeys(frame, u, show, { whole, last, at: () => at, open: () => at !== null && points[at].href });
  new ResizeObserver(() => u.setSize({ width: frame.clientWidth, height: HEIGHT })).observe(frame);
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => u.redraw(false));
  chart.classList.add("closer");
}

// pointOf reads a line of the table.
function pointOf(row) {
  const { n, more, day, clock = "" } = row.dataset;
  const [head, ...cells] = row.cells;
  return {
    measured: Number(n), all: Number(n) + Number(more), day, clock, href: head.querySelector("a")?.href, name: head.textContent,
    text: cells.map((cell) => cell.textContent).filter(Boolean).join(" + "),
  };
}

// columns are the points as uPlot wants them: what was counted has a line of its own where others report as well.
function columns(points) {
  const lines = [points.map((_, i) => i), points.map((point) => point.all)];
  if (points.some((point) => point.all !== point.measured)) lines.push(points.map((point) => point.measured));
  return lines;
}

// furnish puts the frame, what is said of a point, and the way back to all of it above the table.
function furnish(panel, chart) {
  const made = (name, className) => Object.assign(document.createElement(name), { className });
  const frame = made("div", "zoom-frame");
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", `${chart.querySelector("figcaption").firstChild.textContent.trim()}. ${panel.dataset.keys}`);
  const foot = made("p", "zoom-foot");
  const said = made("span", "zoom-said");
  said.setAttribute("aria-live", "polite");
  said.textContent = matchMedia("(pointer: coarse)").matches ? panel.dataset.pinch : panel.dataset.drag;
  const all = made("button", "link");
  all.type = "button";
  all.textContent = panel.dataset.all;
  all.hidden = true;
  foot.append(said, all);
  chart.querySelector(".twin").before(frame, foot);
  return { frame, said, all };
}

// styled waits for the style, without which uPlot measures wrongly.
function styled() {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: STYLE });
  return new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", reject);
    document.head.append(link);
  });
}

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function options(panel, points, width, look) {
  const write = writer(panel.dataset);
  const font = `12px ${getComputedStyle(panel).fontFamily}`;
  const axis = { font, stroke: () => token("--ff-muted"), ticks: { show: false } };
  const line = { stroke: () => token("--ff-accent"), width: 2, points: { show: false } };
  return {
    width, height: HEIGHT, legend: { show: false },
    scales: {
      x: { time: false, range: (_, min, max) => [min, max] },
      y: { range: (_, min, max) => uPlot.rangeNum(Math.min(min, 0), Math.max(max, 1), 0.1, true) },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 32, gap: 8, space: 70, incrs: [1, 2, 4, 6, 12, 24, 48, 96, 192, 384, 768], values: (_, list) => list.map((i) => label(points, i)) },
      { ...axis, grid: { stroke: () => token("--ff-line"), width: 1 }, size: 56, values: (_, list) => list.map(write) },
    ],
    series: [{}, { ...line, fill: () => `${token("--ff-accent")}29` }, { ...line, stroke: () => token("--ff-muted") }].slice(0, columns(points).length),
    cursor: { y: false, drag: { x: true, y: false, dist: 4 }, points: { size: 8 } },
    hooks: { setCursor: [(u) => look(u.cursor.idx)] },
  };
}

// label names a point below the axis: the first of a day by the day, the others by the clock.
function label(points, i) {
  const point = points[i];
  if (!point) return "";
  return point.clock && points[i - 1]?.day === point.day ? point.clock : point.day;
}

// writer writes values beside the axis in the page's language, in short.
function writer({ unit, currency }) {
  const { lang } = document.documentElement;
  if (unit === "percent") {
    const format = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 });
    return (n) => format.format(n / 100_00);
  }
  if (unit !== "money") {
    const format = new Intl.NumberFormat(lang, { notation: "compact" });
    return (n) => Number.isInteger(n) ? format.format(n) : "";
  }
  const money = { style: "currency", currency, currencyDisplay: "narrowSymbol" };
  const minor = 10 ** new Intl.NumberFormat(lang, money).resolvedOptions().maximumFractionDigits;
  const format = new Intl.NumberFormat(lang, { ...money, notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: 1 });
  return (n) => format.format(n / minor);
}

// byClick leads to what makes the point that the mouse is at. A drag is none, and a finger asks what is there first.
function byClick(over, href) {
  let down = null;
  over.addEventListener("pointerdown", (event) => down = event.pointerType === "mouse" && event.button === 0 ? event.clientX : null);
  over.addEventListener("click", (event) => {
    const to = href();
    if (down !== null && Math.abs(event.clientX - down) < 4 && event.detail === 1 && to) location.assign(to);
  });
}

// byTouch lets two fingers stretch the chart and one push it: what they lie on stays below them. Up and down the page scrolls.
function byTouch(u, show) {
  const fingers = new Map(); // by pointer: { x, on }: where it is, and on which point it lies
  const left = () => u.over.getBoundingClientRect().left;
  const grasp = () => {
    for (const finger of fingers.values()) finger.on = u.posToVal(finger.x, "x");
  };
  u.over.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch" || fingers.size === 2) return;
    u.over.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.clientX - left() });
    grasp();
  });
  u.over.addEventListener("pointermove", (event) => {
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    finger.x = event.clientX - left();
    const [one, two] = fingers.values();
    const width = u.over.clientWidth;
    const { min, max } = u.scales.x;
    const span = two && Math.abs(two.x - one.x) > 8 ? Math.abs((two.on - one.on) / (two.x - one.x)) * width : max - min;
    const from = one.on - (one.x / width) * span;
    show(from, from + span);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    u.over.addEventListener(end, (event) => {
      if (fingers.delete(event.pointerId)) grasp();
    });
  }
}

// byKeys does all of it without a pointer. The cursor is set after uPlot has drawn what is shown, for it stays where it was on the screen.
function byKeys(frame, u, show, { whole, last, at, open }) {
  const point = (i) => queueMicrotask(() => u.setCursor({ left: u.valToPos(i, "x"), top: 0 }));
  const to = (i) => {
    const { min, max } = u.scales.x;
    const next = Math.min(Math.max(i, 0), last);
    if (next < min) show(next, next + max - min);
    if (next > max) show(next - (max - min), next);
    point(next);
  };
  const closer = (by) => {
    const { min, max } = u.scales.x;
    const middle = at() ?? (min + max) / 2;
    const half = (max - min) * by / 2;
    show(middle - half, middle + half);
    if (at() !== null) point(at());
  };
  const acts = {
    ArrowLeft: () => to((at() ?? last + 1) - 1), ArrowRight: () => to((at() ?? -1) + 1), Home: () => to(0), End: () => to(last),
    "+": () => closer(CLOSER), "=": () => closer(CLOSER), "-": () => closer(1 / CLOSER), 0: whole, Escape: whole,
    Enter: () => open() && location.assign(open()),
  };
  frame.addEventListener("keydown", (event) => {
    const act = !event.ctrlKey && !event.metaKey && !event.altKey && acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
