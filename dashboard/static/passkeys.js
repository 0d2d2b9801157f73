// Forms that a passkey answers: the options are asked for, the authenticator answers, and the form is sent as forms are.
"use strict";

(() => {
  const able = window.PublicKeyCredential?.parseRequestOptionsFromJSON && window.PublicKeyCredential?.parseCreationOptionsFromJSON;

  function say(form, text) {
    const said = form.querySelector("[data-passkey-said]");
    said.textContent = text;
    said.hidden = !text;
  }

  function reason(error) {
    if (error.name === "NotAllowedError") return "Nothing came of it: it was cancelled, or took too long. Try again.";
    if (error.name === "InvalidStateError") return "This device has a passkey for your account already.";
    if (error.name === "SecurityError") return "Passkeys work at Nolapse's own address alone (NOLAPSE_PUBLIC_URL).";
    return error.message;
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
      say(form, reason(error));
      button.disabled = false;
    }
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.parentElement.querySelector("[data-passkey-otherwise]").hidden = true;
    if (!able) {
      form.querySelector("button").disabled = true;
      say(form, "This browser cannot use passkeys here; a newer one can.");
    }
    form.addEventListener("submit", (event) => { event.preventDefault(); send(form); });
  }
})();
