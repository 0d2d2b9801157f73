// Forms that a passkey answers: the script fetches the options, the passkey answers, and the form is sent as usual.
"use strict";

(() => {
  const able = window.PublicKeyCredential?.parseRequestOptionsFromJSON && window.PublicKeyCredential?.parseCreationOptionsFromJSON;

  function say(form, text) {
    const said = form.querySelector("[data-passkey-said]");
    said.textContent = text;
    said.hidden = !text;
  }

  const REASONS = { NotAllowedError: "cancelled", InvalidStateError: "known", SecurityError: "elsewhere" };

  function reason(error, words) {
    return words[REASONS[error.name]] ?? error.message;
  }

  async function options(form) {
    const sent = Object.fromEntries([...form.querySelectorAll("[data-asked]")].map((one) => [one.name, one.value]));
    const answer = await fetch(form.dataset.passkey, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept": "application/json", "X-CSRF-Token": form.elements.csrf.value },
      body: JSON.stringify(sent),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.detail);
    return said;
  }

  async function credential(given) {
    if (given.pubKeyCredParams) {
      return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(given) });
    }
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(given) });
  }

  async function send(form) {
    const button = form.querySelector("button");
    button.disabled = true;
    say(form, "");
    try {
      form.elements.credential.value = JSON.stringify(await credential(await options(form)));
      form.submit();
    } catch (error) {
      say(form, reason(error, form.dataset));
      button.disabled = false;
    }
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.parentElement.querySelector("[data-passkey-otherwise]").hidden = true;
    if (!able) {
      form.querySelector("button").disabled = true;
      say(form, form.dataset.unable);
    }
    form.addEventListener("submit", (event) => { event.preventDefault(); send(form); });
  }
})();
