// The key / leads to the box of the page. Whoever turned shortcuts off is not sent this script.

const KEY = "/";
const TYPED_INTO = "input, textarea, select";

const box = document.querySelector("[data-shortcut]");
box.setAttribute("aria-keyshortcuts", KEY);
document.querySelector("[data-shortcut-hint]").hidden = false;

document.addEventListener("keydown", (event) => {
  if (event.key !== KEY || event.defaultPrevented || event.isComposing) return;
  // Not Shift: on many keyboards it takes that to type the key.
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.matches(TYPED_INTO) || event.target.isContentEditable) return;
  // The character would go into the box, and in Firefox the key opens a search of its own.
  event.preventDefault();
  box.focus();
  box.select();
});
