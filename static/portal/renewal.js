// One field that renews a step whose time is over, in place (see countdown.js): what was typed in the
// first form stays there and is not part of what is sent here.

const form = document.querySelector("form[data-timed]");
const renewal = document.querySelector("form[data-renew]");
const send = form.querySelector("button[type=submit]");
const password = renewal.querySelector("input[name=password]");
const renew = renewal.querySelector("button[type=submit]");
const error = renewal.querySelector("[role=alert]");

function refuse(text) {
  error.querySelector("span").textContent = text;
  error.hidden = false;
  password.setAttribute("aria-invalid", "true");
  password.focus();
}

function field(name) {
  return form.querySelector(`input[name=${name}]`);
}

function goOn(answer) {
  field("attempt").value = answer.attempt;
  field("turn").value = answer.turn;
  for (const token of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) {
    token.value = answer.csrf_token;
  }
  document.dispatchEvent(new CustomEvent("step-renewed", { detail: answer }));
  const empty = [...form.querySelectorAll("input:not([type=hidden]):not([readonly])")].find((input) => !input.value);
  (empty ?? send).focus();
}

async function ask() {
  const body = new URLSearchParams({
    attempt: field("attempt").value,
    turn: field("turn").value,
    password: password.value,
    csrfmiddlewaretoken: field("csrfmiddlewaretoken").value,
  });
  const response = await fetch(renewal.action, {
    method: "POST",
    body,
    credentials: "same-origin",
    redirect: "error",
    headers: { Accept: "application/json" },
  });
  return response.json();
}

async function submitRenewal() {
  error.hidden = true;
  password.removeAttribute("aria-invalid");
  if (!password.value) return refuse(renewal.dataset.empty);
  renew.disabled = true;
  try {
    const answer = await ask();
    password.value = "";
    if (answer.redirect) location.assign(answer.redirect);
    else if (answer.attempt) goOn(answer);
    else {
      // A refused try has used up its turn; the next one must carry the new one.
      if (answer.turn) field("turn").value = answer.turn;
      refuse(answer.problem || renewal.dataset.failed);
    }
  } catch {
    refuse(renewal.dataset.failed);
  } finally {
    renew.disabled = false;
  }
}

renewal.addEventListener("submit", (event) => {
  event.preventDefault();
  submitRenewal();
});
