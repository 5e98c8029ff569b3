// The one script of the product: it asks the browser for a passkey and puts the answer into the form.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const read = (options) => {
  const known = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));
  return {
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    ...(options.excludeCredentials && { excludeCredentials: known(options.excludeCredentials) }),
    ...(options.allowCredentials && { allowCredentials: known(options.allowCredentials) }),
  };
};

const written = (credential) => {
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const response = {};
  for (const part of parts) if (credential.response[part]) response[part] = text(credential.response[part]);
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
};

const form = document.querySelector("form[data-passkey]");
const button = form.querySelector("[data-passkey-button]");
const failed = form.querySelector("[data-passkey-failed]");

if (window.PublicKeyCredential) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    failed.hidden = true;
    button.disabled = true;
    try {
      const publicKey = read(JSON.parse(document.getElementById("passkey-options").textContent));
      const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
      form.elements.passkey.value = written(credential);
      form.submit();
    } catch {
      failed.hidden = false;
      button.disabled = false;
    }
  });
} else {
  failed.hidden = false;
}
