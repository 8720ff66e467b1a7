// Comfort for every form: works on top of plain HTML, and each form works without it.

const status = document.createElement("p");
status.className = "sr";
status.setAttribute("role", "status");
document.body.append(status);

function setRevealed(button, revealed) {
  const { dataset } = button;
  document.getElementById(button.getAttribute("aria-controls")).type = revealed ? "text" : "password";
  button.textContent = revealed ? dataset.hide : dataset.show;
  button.setAttribute("aria-label", revealed ? dataset.hideLabel : dataset.showLabel);
}

for (const button of document.querySelectorAll(".reveal")) {
  setRevealed(button, false);
  button.hidden = false;
  button.addEventListener("click", () => {
    const revealed = document.getElementById(button.getAttribute("aria-controls")).type === "password";
    setRevealed(button, revealed);
    status.textContent = revealed ? button.dataset.shown : button.dataset.hidden;
  });
}

// A hint only: the password goes on byte for byte, whatever stands at its ends.
function hintFor(input, pasted) {
  if (/^\s|\s$/u.test(input.value)) return input.dataset.hintBlank;
  if (pasted && input.value.endsWith(".")) return input.dataset.hintStop ?? "";
  return "";
}

// A hint that appears between press and release moves the button away from under the pointer.
let pressing = false;
addEventListener("pointerdown", () => { pressing = true; }, true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { pressing = false; }, true);

function onceReleased(act) {
  if (pressing) addEventListener("pointerup", () => setTimeout(act), { once: true });
  else act();
}

for (const input of document.querySelectorAll("input[data-hint]")) {
  const hint = document.getElementById(input.dataset.hint);
  let pasted = false;
  const show = () => { hint.textContent = hintFor(input, pasted); };
  input.addEventListener("input", (event) => {
    pasted = event.inputType === "insertFromPaste" || event.inputType === "insertFromDrop";
    // While typing, a blank may be the middle of a pass phrase: wait until the field is left.
    if (pasted || hint.textContent) show();
  });
  input.addEventListener("change", () => onceReleased(show));
}

const sends = document.querySelectorAll("form[data-form] button[type=submit]");

function release() {
  for (const button of sends) {
    button.disabled = false;
    if (!("idle" in button.dataset)) continue;
    button.querySelector("[data-label]").textContent = button.dataset.idle;
    delete button.dataset.idle;
  }
}

for (const form of document.querySelectorAll("form[data-form]")) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    for (const button of form.querySelectorAll(".reveal")) setRevealed(button, false);
    const button = event.submitter ?? form.querySelector("button[type=submit]");
    const label = button.querySelector("[data-label]");
    button.dataset.idle = label.textContent;
    label.textContent = button.dataset.busy;
    // Not at once: a disabled button would not send its own name and value.
    setTimeout(() => { for (const send of sends) send.disabled = true; });
  });
}

function clearSecrets() {
  for (const button of document.querySelectorAll(".reveal")) setRevealed(button, false);
  for (const input of document.querySelectorAll("input[type=password], input[data-secret]")) {
    if (!input.value) continue;
    input.value = "";
    input.dispatchEvent(new Event("input"));
  }
}

// A page kept for the Back button must keep no password and no code.
addEventListener("pagehide", clearSecrets);
addEventListener("pageshow", (event) => {
  if (event.persisted) clearSecrets();
  release();
});

const problem = document.querySelector("[data-problem]");
if (problem) problem.focus();
