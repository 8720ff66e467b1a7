// Copy buttons for ids. The browser offers the clipboard only on https and on localhost.

const SHOWN_MS = 2000;
const status = document.querySelector("[data-copy-status]");

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const use = button.querySelector("use");
    const icon = use.getAttribute("href");
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      status.textContent = button.dataset.copied;
      button.classList.add("copied");
      use.setAttribute("href", icon.replace(/#.*/, "#check"));
      setTimeout(() => {
        status.textContent = "";
        button.classList.remove("copied");
        use.setAttribute("href", icon);
      }, SHOWN_MS);
    });
  }
}
