// The ring on a kit's photo: what it stands on stays in every cut. The cuts follow at once as previews; where the ring is let go, it is
// saved and the true pictures take their place. Without this script two sliders do the same.
"use strict";

{ // names of its own beside console.js
  const kit = document.querySelector("[data-kit]");
  const stage = kit.querySelector(".kit-stage");
  const handle = kit.querySelector(".kit-handle");
  const form = kit.querySelector(".kit-focus");
  const trouble = form.querySelector("[data-trouble]");
  const whole = 1000; // what the sliders count by
  const step = 20;
  const pause = 500; // ms from the last key to saving

  const clamp = (value, least, most) => Math.max(least, Math.min(value, most));
  const focus = () => ({ x: form.elements.x.valueAsNumber, y: form.elements.y.valueAsNumber });

  // percent is where a picture stands in its frame, as CSS counts it: of what is left over, not of the picture.
  function percent(at, part) {
    return part >= 1 ? 50 : 100 * clamp((at - part / 2) / (1 - part), 0, 1);
  }

  function show() {
    const { x, y } = focus();
    handle.style.left = `${100 * x / whole}%`;
    handle.style.top = `${100 * y / whole}%`;
    handle.ariaLabel = handle.dataset.said.replace("{x}", Math.round(100 * x / whole)).replace("{y}", Math.round(100 * y / whole));
    const photo = stage.dataset.width / stage.dataset.height;
    for (const preview of kit.querySelectorAll(".kit-preview")) {
      const shape = preview.width / preview.height;
      const cut = preview.getAttribute("width") / preview.getAttribute("height") || shape;
      preview.style.objectPosition = `${percent(x / whole, cut / photo)}% ${percent(y / whole, photo / cut)}%`;
    }
  }

  function move(x, y) {
    form.elements.x.value = clamp(Math.round(x), 0, whole);
    form.elements.y.value = clamp(Math.round(y), 0, whole);
    for (const real of kit.querySelectorAll(".kit-cut:not(.kit-free) .kit-real")) real.classList.add("stale");
    show();
  }

  function moveTo(event) {
    const at = stage.getBoundingClientRect();
    move(whole * (event.clientX - at.x) / at.width, whole * (event.clientY - at.y) / at.height);
  }

  // save tells the server, and has the pictures made anew. What was moved meanwhile is saved behind it.
  let saving = null;
  let again = false;

  async function save() {
    if (saving) {
      again = true;
      return;
    }
    const { x, y } = focus();
    saving = fetch(form.action, { method: "POST", body: new URLSearchParams({ x, y }), redirect: "manual" });
    let saved = false;
    try {
      const answer = await saving;
      saved = answer.type === "opaqueredirect" || answer.ok;
    } catch { /* out of reach: said below */ }
    saving = null;
    trouble.hidden = saved;
    trouble.textContent = kit.dataset.failed;
    if (again) {
      again = false;
      return save();
    }
    if (!saved) return;
    form.querySelector("[data-drop]").hidden = false;
    fresh(x, y);
  }

  function fresh(x, y) {
    for (const cut of kit.querySelectorAll(".kit-cut:not(.kit-free)")) {
      const real = cut.querySelector(".kit-real");
      const link = cut.parentElement.querySelector("a[download]");
      const src = `${real.getAttribute("src").split("?")[0]}?at=${x}-${y}`;
      real.onload = () => real.classList.remove("stale");
      real.src = link.href = src;
    }
  }

  handle.hidden = document.getElementById("kit-focus-help").hidden = false;
  form.querySelector(".kit-ranges").hidden = true;
  show();

  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    handle.focus({ preventScroll: true });
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointermove", (event) => {
    if (handle.hasPointerCapture(event.pointerId)) moveTo(event);
  });
  handle.addEventListener("lostpointercapture", save);

  // A tap on the photo brings the ring there; dragging the photo scrolls the page as ever.
  stage.addEventListener("click", (event) => {
    if (event.target === handle) return;
    moveTo(event);
    save();
  });

  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  let waiting = 0;
  handle.addEventListener("keydown", (event) => {
    const arrow = arrows[event.key];
    if (!arrow) return;
    event.preventDefault();
    const far = event.shiftKey ? 5 * step : step;
    const { x, y } = focus();
    move(x + far * arrow[0], y + far * arrow[1]);
    clearTimeout(waiting);
    waiting = setTimeout(save, pause);
  });
}
