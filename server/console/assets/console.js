// What the console adds to pages that work without it: keys for the queue, a larger photo, ticking many, and a word when
// the server is out of reach.
"use strict";

// What carries data-key is pressed by that key, unless somebody is typing or it is folded away.
function byKey(key) {
  return [...document.querySelectorAll("[data-key]")].find((element) => {
    if (element.dataset.key !== key) return false;
    const folded = element.closest("details:not([open])");
    return !folded || element.parentElement === folded; // a summary is never folded away
  });
}

function typing(target) {
  return target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  const dialog = document.querySelector("dialog[open]");
  if (dialog) {
    if (event.key === "z" && dialog.id === "zoom" && !byPixel()) return pixels(true);
    if (event.key === "z" || event.key === "?") dialog.close();
    return;
  }
  if (typing(event.target)) return;
  const element = byKey(event.key);
  if (!element) return;
  event.preventDefault();
  element.click();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open).showModal();
  if (event.target.matches("[data-cycle]")) cycle(event.target);
  const zoom = event.target.closest("[data-zoom]");
  if (zoom && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    enlarge(zoom);
  }
});

// The key of a group of choices goes on to its next one.
function cycle(group) {
  const choices = [...group.querySelectorAll("input")];
  choices[(choices.findIndex((one) => one.checked) + 1) % choices.length].click();
}

function enlarge(link) {
  const photo = document.getElementById("zoomed");
  photo.src = link.href;
  photo.alt = link.querySelector("img").alt;
  photo.hidden = false;
  document.getElementById("zoom").showModal();
  pixels(false);
}

const byPixel = () => document.getElementById("zoom").classList.contains("by-pixel");

// pixels shows one pixel of the photo as one of the screen, around the point that was clicked; or all of the photo.
function pixels(on, x = .5, y = .5) {
  const dialog = document.getElementById("zoom");
  const photo = document.getElementById("zoomed");
  const button = document.getElementById("pixels");
  dialog.classList.toggle("by-pixel", on);
  photo.style.width = on ? `${photo.naturalWidth / devicePixelRatio}px` : "";
  button.textContent = on ? button.dataset.fit : button.dataset.pixels;
  const room = photo.parentElement;
  if (on) room.scrollTo(x * photo.offsetWidth - room.clientWidth / 2, y * photo.offsetHeight - room.clientHeight / 2);
}

document.getElementById("pixels")?.addEventListener("click", () => pixels(!byPixel()));

// The large photo: a click goes to its pixels and back, a drag moves it.
const zoomed = document.getElementById("zoomed");
let drag = null;
zoomed?.addEventListener("pointerdown", (event) => {
  drag = event.pointerType === "mouse" && event.button === 0 ? { moved: 0 } : null;
  if (drag) event.preventDefault();
});
zoomed?.addEventListener("pointermove", (event) => {
  if (!drag || event.buttons !== 1) return;
  drag.moved += Math.abs(event.movementX) + Math.abs(event.movementY);
  zoomed.parentElement.scrollBy(-event.movementX, -event.movementY);
});
zoomed?.addEventListener("click", (event) => {
  const dragged = drag?.moved > 4;
  drag = null;
  const at = zoomed.getBoundingClientRect();
  if (!dragged) pixels(!byPixel(), (event.clientX - at.x) / at.width, (event.clientY - at.y) / at.height);
});

// Photos to tick: how many are, all or none at once, and with Shift everything from the one ticked before.
const ticks = [...document.querySelectorAll("[data-ticks] input[type=checkbox]")];
let last = -1;

function count() {
  const output = document.getElementById("ticked");
  const n = ticks.filter((box) => box.checked).length;
  output.textContent = (n === 1 ? output.dataset.singular : output.dataset.plural).replace("{n}", n);
  for (const button of document.querySelectorAll(".ticked .verdict button, .ticked .verdict summary")) {
    button.toggleAttribute("disabled", n === 0);
    button.ariaDisabled = n === 0;
  }
}

for (const [i, box] of ticks.entries()) {
  box.addEventListener("click", (event) => {
    const from = event.shiftKey && last >= 0 ? last : i;
    for (const other of ticks.slice(Math.min(from, i), Math.max(from, i) + 1)) other.checked = box.checked;
    last = i;
    count();
  });
}
for (const button of document.querySelectorAll("[data-tick]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const box of ticks) box.checked = button.dataset.tick === "all";
    count();
  });
}
if (ticks.length > 0) count();

// htmx brings the next photo. A session that ended answers with the sign-in page: that is a page of its own.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = new URL(event.detail.xhr.responseURL || location.href);
  if (answered.pathname === "/console/sign-in") {
    event.detail.shouldSwap = false;
    location.assign(answered);
  }
});

document.addEventListener("htmx:afterSwap", () => {
  const queue = document.getElementById("queue");
  const badge = document.getElementById("count-queue");
  if (queue && badge) {
    badge.textContent = queue.dataset.waiting;
    badge.hidden = queue.dataset.waiting === "0";
  }
  trouble(false);
});

for (const failed of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failed, () => trouble(true));
}

function trouble(on) {
  const message = document.getElementById("trouble");
  if (message) message.hidden = !on;
}

// A challenge's page goes on telling how many watch and how votes come in, while somebody looks at it. Where the server is out
// of reach, or the session ended, the last numbers stay.
const alive = document.querySelector("[data-pulse]");
const pulsePause = 5000;

async function pulse() {
  if (document.hidden) return;
  const answer = await fetch(alive.dataset.pulse, { headers: { Accept: "application/json" } });
  if (!answer.ok || answer.redirected) return;
  const now = await answer.json();
  tell("pulse-watching", now.watching);
  tell("pulse-votes", now.votes_per_minute);
}

function tell(id, number) {
  const output = document.getElementById(id);
  output.parentElement.hidden = number === undefined;
  output.textContent = number?.toLocaleString("en");
}

if (alive) setInterval(() => pulse().catch(() => {}), pulsePause);

// The dashboard's numbers go on by themselves while somebody looks. What is unfolded stays so, and a look at the table is not
// taken away by a number that moved.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "live" && document.hidden) event.preventDefault();
});

let unfolded = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.id === "live") unfolded = [...event.target.querySelectorAll("details")].map((one) => [one.open, one.querySelector(".table-wrap")?.scrollTop]);
});
document.addEventListener("htmx:afterSwap", () => {
  const live = document.getElementById("live");
  for (const [i, one] of [...(live?.querySelectorAll("details") ?? [])].entries()) {
    const [open, scrolled] = unfolded[i] ?? [false];
    one.open = open;
    if (open) one.querySelector(".table-wrap")?.scrollTo(0, scrolled);
  }
  unfolded = [];
});

// A chart of many points can be looked at closely where the browser can.
const closer = document.querySelector("[data-closer]");
if (closer) import("/assets/zoom.js").then(({ zoom }) => zoom(closer)).catch(() => {});

// Codes to print.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// A row of tabs that is wider than the phone begins at the page that is shown.
for (const shown of document.querySelectorAll(".tabs [aria-current], .campaign-places [aria-current]")) {
  const row = shown.parentElement;
  row.scrollLeft = shown.offsetLeft - row.offsetLeft - (row.clientWidth - shown.clientWidth) / 2;
}

// What an address or a list of faults leads to is unfolded first.
function unfold() {
  const part = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("details:not([open])");
  if (!part) return;
  part.open = true;
  part.scrollIntoView();
}
addEventListener("hashchange", unfold);
unfold();
