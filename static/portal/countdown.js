// The time that is left for a step. When it is over, one field renews the step in place:
// what was typed in the first form never leaves it, and is never sent late.

const SHORT_S = 60;
const ANNOUNCED_S = [[20, "seconds"], [60, "minute"]];

const form = document.querySelector("form[data-timed]");
const renewal = document.querySelector("form[data-renew]");
const timer = form.querySelector("[data-countdown]");
const words = timer.querySelector("[data-countdown-text]");
const status = form.querySelector("[data-countdown-status]");
const send = form.querySelector("button[type=submit]");
const password = renewal.querySelector("input[name=password]");
const renew = renewal.querySelector("button[type=submit]");
const error = renewal.querySelector("[role=alert]");

let deadline;
let announced;
let tick;

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function over() {
  clearInterval(tick);
  const lost = document.activeElement === send || document.activeElement === document.body;
  timer.hidden = true;
  send.hidden = true;
  renewal.hidden = false;
  status.textContent = renewal.dataset.over;
  // Somebody in the middle of a word stays where they are.
  if (lost) password.focus();
}

function show() {
  const left = Math.ceil((deadline - Date.now()) / 1000);
  if (left <= 0) return over();
  const pattern = "about" in timer.dataset ? timer.dataset.aboutLeft : timer.dataset.left;
  words.textContent = pattern.replace("{time}", clock(left));
  timer.classList.toggle("short", left <= SHORT_S);
  for (const [limit, name] of ANNOUNCED_S) {
    if (left > limit) continue;
    if (announced > limit) status.textContent = timer.dataset[name];
    announced = Math.min(announced, limit);
    break;
  }
}

function start(seconds, from) {
  deadline = from + seconds * 1000;
  announced = seconds;
  clearInterval(tick);
  tick = setInterval(show, 250);
  show();
}

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
  if (answer.expiry_known) delete timer.dataset.about;
  else timer.dataset.about = "";
  renewal.hidden = true;
  timer.hidden = false;
  send.hidden = false;
  status.textContent = renewal.dataset.renewed;
  start(answer.remaining_s, Date.now());
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

// Enter in a field must not send what was typed after the time is over.
form.addEventListener("submit", (event) => {
  if (Date.now() < deadline) return;
  event.preventDefault();
  over();
  password.focus();
}, { capture: true });

renewal.addEventListener("submit", (event) => {
  event.preventDefault();
  submitRenewal();
});

const [arrival] = performance.getEntriesByType("navigation");
start(Number(timer.dataset.countdown), performance.timeOrigin + (arrival?.responseStart ?? 0));
