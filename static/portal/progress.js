// While something is under way: ask the same page again every two seconds and show how far it is, in the bar, its
// words and every element with a [data-live] name. When it is over the page is loaded anew, which says what to do
// next; not while somebody types there.
const EVERY_MS = 2000;
const shown = document.querySelector("[data-progress]");

const typed = () => [...document.querySelectorAll("input[type=text], textarea")].some((field) => field.value);

async function look() {
  let page;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return location.reload();
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return setTimeout(look, EVERY_MS);
  }
  const fresh = page.querySelector("[data-progress]");
  if (!fresh || fresh.dataset.progress !== shown.dataset.progress) {
    if (!typed()) return location.reload();
    return setTimeout(look, EVERY_MS);
  }
  for (const live of document.querySelectorAll("[data-live]")) {
    const next = page.querySelector(`[data-live="${live.dataset.live}"]`);
    if (next) live.replaceChildren(...next.childNodes);
  }
  const bar = shown.querySelector("progress");
  const next = fresh.querySelector("progress");
  for (const name of ["max", "value"]) {
    if (next.hasAttribute(name)) bar.setAttribute(name, next.getAttribute(name));
    else bar.removeAttribute(name);
  }
  shown.querySelector("[data-progress-words]").textContent = fresh.querySelector("[data-progress-words]").textContent;
  return setTimeout(look, EVERY_MS);
}

if (shown) setTimeout(look, EVERY_MS);
