// Passkeys: a button with data-passkey asks the browser to use one ("get") or to make one ("create"), and sends its form with
// the answer. What is asked stands on the button, or comes from the address in data-ask.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const named = (keys = []) => keys.map((key) => ({ ...key, id: bytes(key.id) }));

async function question(button) {
  if (button.dataset.options) return { token: button.form.elements.passkey_token.value, options: JSON.parse(button.dataset.options) };
  const answer = await fetch(button.dataset.ask, { method: "POST", headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`asked in vain: ${answer.status}`);
  return answer.json();
}

function use(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: named(options.allowCredentials) };
  return navigator.credentials.get({ publicKey });
}

function make(options) {
  const user = { ...options.user, id: bytes(options.user.id) };
  const publicKey = { ...options, user, challenge: bytes(options.challenge), excludeCredentials: named(options.excludeCredentials) };
  return navigator.credentials.create({ publicKey });
}

// written is what PublicKeyCredential.toJSON gives, which older browsers do not have.
function written(key) {
  const response = { clientDataJSON: text(key.response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (key.response[part]) response[part] = text(key.response[part]);
  }
  if (key.response.getTransports) response.transports = key.response.getTransports();
  return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response, clientExtensionResults: {} });
}

async function press(button) {
  const problem = button.parentElement.querySelector("[data-passkey-problem]");
  problem.hidden = true;
  if (!window.PublicKeyCredential) {
    problem.textContent = button.dataset.none;
    problem.hidden = false;
    return;
  }
  button.disabled = true;
  try {
    const { token, options } = await question(button);
    const key = await (button.dataset.passkey === "create" ? make(options) : use(options));
    button.form.elements.passkey_token.value = token;
    button.form.elements.passkey.value = written(key);
    button.form.submit();
  } catch (err) {
    problem.textContent = err.name === "InvalidStateError" ? button.dataset.known : button.dataset.failed;
    problem.hidden = false;
    button.disabled = false;
  }
}

for (const button of document.querySelectorAll("[data-passkey]")) {
  button.hidden = false;
  button.addEventListener("click", (event) => {
    event.preventDefault();
    press(button);
  });
}
