// Passkeys: hands the options of the page to the browser and puts what it answers into the form.
// Nothing is asked before the person presses the button.

const REFUSALS = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known" };

function decode(text) {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(bytes, (character) => character.charCodeAt(0));
}

function encode(buffer) {
  const bytes = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function withBinaryIds(credentials = []) {
  return credentials.map((credential) => ({ ...credential, id: decode(credential.id) }));
}

function requestOptions(json) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(json);
  return { ...json, challenge: decode(json.challenge), allowCredentials: withBinaryIds(json.allowCredentials) };
}

function creationOptions(json) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(json);
  return {
    ...json,
    challenge: decode(json.challenge),
    user: { ...json.user, id: decode(json.user.id) },
    excludeCredentials: withBinaryIds(json.excludeCredentials),
  };
}

// By hand and not by toJSON(), which fails on what some password managers put in the browser's place.
function toJson(credential) {
  const { id, rawId, type, authenticatorAttachment, response } = credential;
  const binary = {
    clientDataJSON: response.clientDataJSON,
    attestationObject: response.attestationObject,
    authenticatorData: response.authenticatorData ?? response.getAuthenticatorData?.(),
    publicKey: response.getPublicKey?.(),
    signature: response.signature,
    userHandle: response.userHandle,
  };
  const encoded = Object.entries(binary).filter(([, buffer]) => buffer).map(([name, buffer]) => [name, encode(buffer)]);
  return JSON.stringify({
    id,
    rawId: encode(rawId),
    type,
    authenticatorAttachment: authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      ...Object.fromEntries(encoded),
      transports: response.getTransports?.(),
      publicKeyAlgorithm: response.getPublicKeyAlgorithm?.(),
    },
  });
}

function ask(act) {
  const json = JSON.parse(document.getElementById("passkey-options").textContent);
  if (act === "create") return navigator.credentials.create({ publicKey: creationOptions(json) });
  return navigator.credentials.get({ publicKey: requestOptions(json) });
}

async function use(form, button) {
  const status = form.querySelector("[data-passkey-status]");
  button.disabled = true;
  status.textContent = status.dataset.waiting;
  let refusal;
  try {
    form.elements.credential.value = toJson(await ask(form.dataset.passkey));
  } catch (error) {
    refusal = REFUSALS[error.name] ?? "failed";
  }
  button.disabled = false;
  status.textContent = refusal ? status.dataset[refusal] : "";
  if (refusal) button.focus();
  else form.requestSubmit(button);
}

function prepare(form) {
  const credential = form.elements.credential;
  form.addEventListener("submit", (event) => {
    if (credential.value || event.defaultPrevented) return;
    event.preventDefault();
    use(form, form.querySelector("button[type=submit]"));
  }, { capture: true });
  // A page that comes back by the Back button must not send an answer that was used.
  addEventListener("pageshow", () => { credential.value = ""; });
}

if (window.PublicKeyCredential) {
  for (const element of document.querySelectorAll("[data-needs-passkeys]")) element.hidden = false;
  for (const element of document.querySelectorAll("[data-passkeys-missing]")) element.hidden = true;
  document.querySelectorAll("form[data-passkey]").forEach(prepare);
}
