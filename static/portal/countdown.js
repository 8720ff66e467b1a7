// The time that is left for a step. When it is over, nothing that was typed is sent late: the page shows
// the way on instead, which is a new start, or on some pages one field that renews the step (renewal.js).

const SHORT_S = 60;
const ANNOUNCED_S = [[20, "seconds"], [60, "minute"]];

const timer = document.querySelector("[data-countdown]");
const words = timer.querySelector("[data-countdown-text]");
const status = document.querySelector("[data-countdown-status]");
const wayOn = document.querySelector("[data-over]");
const parts = [...document.querySelectorAll("[data-until-over]")];

let deadline;
let announced;
let tick;

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function focusWayOn() {
  wayOn.querySelector("input[name=password], a").focus();
}

function over() {
  clearInterval(tick);
  const focused = document.activeElement;
  const lost = focused === document.body || parts.some((part) => part.contains(focused));
  for (const part of parts) part.hidden = true;
  wayOn.hidden = false;
  status.textContent = wayOn.dataset.over;
  // Somebody in the middle of a word that can still be sent stays where they are.
  if (lost) focusWayOn();
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

// Enter in a field must not send what was typed after the time is over.
for (const form of document.querySelectorAll("form[data-timed]")) {
  form.addEventListener("submit", (event) => {
    if (Date.now() < deadline) return;
    event.preventDefault();
    over();
    focusWayOn();
  }, { capture: true });
}

document.addEventListener("step-renewed", ({ detail }) => {
  if (detail.expiry_known) delete timer.dataset.about;
  else timer.dataset.about = "";
  wayOn.hidden = true;
  for (const part of parts) part.hidden = false;
  status.textContent = wayOn.dataset.renewed;
  start(detail.remaining_s, Date.now());
});

const [arrival] = performance.getEntriesByType("navigation");
start(Number(timer.dataset.countdown), performance.timeOrigin + (arrival?.responseStart ?? 0));
