// Counts this page: its photo as opened once the page is seen, and what is shared from it. Without the collector nothing is counted.
"use strict";

(async () => {
  const { tell } = await import("/assets/events.js");
  const page = document.querySelector("[data-counted]");
  const { challenge, number } = page.dataset;
  const seen = () => {
    if (document.hidden) return;
    document.removeEventListener("visibilitychange", seen);
    tell(challenge, "view", Number(number));
  };
  document.addEventListener("visibilitychange", seen);
  seen();
  page.addEventListener("click", (event) => {
    if (event.target.closest(".share a, .share button")) tell(challenge, "share", Number(number));
  });
})().catch(() => {});
