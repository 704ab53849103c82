// The collector tells the server that a challenge was seen, that photos were opened, that somebody came and that somebody shared, and
// names nobody. In the browser it keeps, for half an hour, when something happened last and how the visitor came. Fetched when the page
// is idle. What is counted as what is written in the operation count-events of /api/v1/openapi.json.

const BASE = import.meta.url.replace(/\/assets\/[^/]*$/, "");
const PAUSE = 5000; // ms from what happens to the report of it
const GAP = 30 * 60000; // ms without anything, after which somebody comes anew
const LOOK = 1000; // ms in sight
const MOST = 100; // events in a report, and times of an event
const WAITING = 20; // reports that are kept while the server is out of reach; the oldest is given up
const TRIES = 6; // over five minutes
const STORED = `fanfare ${BASE} visit`;

const declined = navigator.globalPrivacyControl === true || navigator.doNotTrack === "1";
const tallies = new Map(); // what happened since the last report, by challenge, and in it by metric and entry
let waiting = []; // reports that were not answered
let visit; // { at, via }
let timer;

// cameBy is how the page's address says that the visitor came.
const cameBy = () => {
  const asked = new URLSearchParams(location.search);
  return (asked.get("ff") || asked.get("utm_source") || "").slice(0, 200);
};

function lastVisit() {
  try {
    const [at, via] = JSON.parse(localStorage.getItem(STORED));
    return { at: Number(at) || 0, via: String(via) };
  } catch {
    return { at: 0, via: "" }; // never, or a browser that keeps nothing
  }
}

// come goes on with a visit, or begins one; it tells which.
function come() {
  const now = Date.now();
  const last = visit || lastVisit();
  const anew = now - last.at > GAP || last.at > now;
  const via = !visit && cameBy();
  visit = { at: now, via: via || (anew ? "" : last.via) };
  try {
    localStorage.setItem(STORED, JSON.stringify([visit.at, visit.via]));
  } catch {
    // this page remembers it all the same
  }
  return anew;
}

// tell counts something that happened.
export function tell(challenge, metric, entry = 0) {
  if (declined) return;
  if (come()) add(challenge, "visit", 0);
  add(challenge, metric, entry);
  if (!timer) timer = setTimeout(report, PAUSE);
}

function add(challenge, metric, entry) {
  if (!tallies.has(challenge)) tallies.set(challenge, new Map());
  const tally = tallies.get(challenge);
  const name = `${metric} ${entry}`;
  tally.set(name, Math.min(MOST, (tally.get(name) || 0) + 1));
}

// report sends what happened, and again what was not answered: a report is the same each time, so that it counts once.
function report() {
  clearTimeout(timer);
  timer = 0;
  for (const [challenge, tally] of tallies) {
    const events = [...tally].map(([name, n]) => {
      const [metric, entry] = name.split(" ");
      return { metric, entry: Number(entry) || undefined, n };
    });
    while (events.length) waiting.push({ body: body(challenge, events.splice(0, MOST)), tries: 0 });
  }
  tallies.clear();
  const due = waiting.slice(-WAITING);
  waiting = [];
  due.forEach(send);
}

const body = (challenge, events) => JSON.stringify({ batch: key(), challenge, via: visit.via || undefined, events });

const key = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// send needs no preflight: the body is plain text, and no credentials go with it. It outlives the page.
async function send(one) {
  try {
    const { status } = await fetch(`${BASE}/api/v1/events`, { method: "POST", body: one.body, keepalive: true, credentials: "omit" });
    if (status < 500 && status !== 429) return;
  } catch {
    // out of reach
  }
  if (++one.tries === TRIES) return;
  waiting.push(one);
  if (!timer) timer = setTimeout(report, PAUSE * 2 ** one.tries);
}

// What is watched, by element: { challenge, near, timer }. A challenge is seen once in the page's life.
const watched = new Map();
const seen = new Set();
let observer;

// watch counts a challenge as seen once at least half of its element, or of the screen by it, was in sight for a second. What the
// widget in the element tells of is counted, too.
export function watch(element, challenge) {
  if (declined || !window.IntersectionObserver) return;
  const known = watched.get(element);
  if (known) {
    known.challenge = challenge;
    return;
  }
  const one = { challenge, near: false, timer: 0 };
  watched.set(element, one);
  element.addEventListener("fanfare:viewed", ({ detail }) => tell(one.challenge, "view", Number(detail.number)));
  element.addEventListener("fanfare:shared", () => tell(one.challenge, "share"));
  observer = observer || new IntersectionObserver(look, { threshold: Array.from({ length: 21 }, (_, i) => i / 20) });
  observer.observe(element);
}

function look(entries) {
  for (const { target, isIntersecting, intersectionRatio, intersectionRect } of entries) {
    const one = watched.get(target);
    one.near = isIntersecting && (intersectionRatio >= 0.5 || intersectionRect.height * intersectionRect.width >= innerHeight * innerWidth / 2);
    wait(one);
  }
}

// wait begins, or goes on with, the second that something has to be in sight.
function wait(one) {
  const going = one.near && !document.hidden && !seen.has(one.challenge);
  if (!going) {
    clearTimeout(one.timer);
    one.timer = 0;
  } else if (!one.timer) {
    one.timer = setTimeout(() => {
      one.timer = 0;
      if (seen.has(one.challenge)) return;
      seen.add(one.challenge);
      tell(one.challenge, "impression");
    }, LOOK);
  }
}

addEventListener("pagehide", report);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) report();
  for (const one of watched.values()) wait(one);
});
