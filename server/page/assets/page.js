// Small help for documents: copy buttons, and what stands behind "#" in the page's address.
"use strict";

// A button with data-copy="ID" copies that field's value. It is hidden until this script can serve it.
async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(field.value ?? field.textContent);
  } catch { // no permission, or a plain-HTTP address: select, so that the reader copies
    field.focus();
    field.select?.();
    if (!document.execCommand("copy")) return;
  }
  const label = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = label; }, 1600);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});

for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;

// A field with data-fragment takes what stands behind "#": servers and their logs never see it. Its button is hidden until
// then, and links to the same page in another language keep it.
if (document.querySelector("[data-fragment]")) {
  const fragment = location.hash;
  for (const field of document.querySelectorAll("input[data-fragment]")) field.value = fragment.slice(1);
  for (const button of document.querySelectorAll("button[data-fragment]")) button.hidden = false;
  for (const link of document.querySelectorAll(".languages a")) link.hash = fragment;
}
