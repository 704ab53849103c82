// Keeps the "ff" of a landing page while a click counts, and hands it on with the cart. It tells Fanfare nothing,
// and keeps nothing of who asks not to be tracked.
(() => {
  const days = Number(document.currentScript?.dataset.days) || 7;
  const name = "fanfare.ff";
  const read = () => { try { return JSON.parse(localStorage.getItem(name)) || {}; } catch { return {}; } };
  const write = (kept) => { try { localStorage.setItem(name, JSON.stringify(kept)); } catch {} };
  const drop = () => { try { localStorage.removeItem(name); } catch {} };
  if (navigator.globalPrivacyControl || navigator.doNotTrack === "1") return drop();

  const came = new URLSearchParams(location.search).get("ff");
  let kept = read();
  if (came && /^[\w-]{20,200}$/.test(came) && came !== kept.ff) write(kept = { ff: came, at: Date.now() });
  if (!kept.ff || !(Date.now() - kept.at < days * 864e5)) return drop();

  // Shopify: a cart attribute.
  if (window.Shopify && !(Date.now() - kept.cart < 18e5)) {
    fetch((Shopify.routes?.root || "/") + "cart/update.js", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ attributes: { ff: kept.ff } }),
    }).then((answer) => answer.ok && write({ ...kept, cart: Date.now() }), () => {});
  }

  // WooCommerce: a field of the checkout, which draws itself anew. Others: fields with data-ff.
  const fill = () => {
    for (const form of document.querySelectorAll("form.checkout, form.woocommerce-checkout")) {
      if (form.querySelector("[name=ff]")) continue;
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "ff";
      form.append(field);
    }
    for (const field of document.querySelectorAll("input[name=ff], input[data-ff]")) if (field.value !== kept.ff) field.value = kept.ff;
  };
  const watch = () => { fill(); new MutationObserver(fill).observe(document.body, { childList: true, subtree: true }); };
  if (document.body) watch(); else addEventListener("DOMContentLoaded", watch);
})();
