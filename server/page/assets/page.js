// Small help for documents that work without it: copy buttons.
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
