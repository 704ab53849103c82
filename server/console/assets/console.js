// What the console adds to pages that work without it: keys for the queue, a larger photo, and a word when the server
// is out of reach.
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
  return target.closest("input, textarea, select, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  const dialog = document.querySelector("dialog[open]");
  if (dialog) {
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
  const zoom = event.target.closest("[data-zoom]");
  if (zoom && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    enlarge(zoom);
  }
});

function enlarge(link) {
  const photo = document.getElementById("zoomed");
  photo.src = link.href;
  photo.alt = link.querySelector("img").alt;
  photo.hidden = false;
  document.getElementById("zoom").showModal();
}

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
  const badge = document.getElementById("waiting");
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
