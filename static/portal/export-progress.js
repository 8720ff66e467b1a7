// While a file is being made: ask the same page again every two seconds and show how far it is. When it is
// finished the page is loaded anew, which says what to do next.
const EVERY_MS = 2000;
const shown = document.querySelector("[data-progress]");

async function look() {
  let fresh;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return location.reload();
    fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-progress]");
  } catch {
    return setTimeout(look, EVERY_MS);
  }
  if (!fresh) return location.reload();
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
