// The live checklist beside a new password. It only tells; the server and the user pool decide.

// The symbols and letters that count: "Password policies", Amazon Cognito developer guide.
// A space counts as a symbol unless it stands first or last.
const SYMBOL = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+-]|(?<=.) (?=.)/su;
const CHECKS = {
  length: (password, minimum) => [...password].length >= minimum,
  uppercase: (password) => /[A-Z]/.test(password),
  lowercase: (password) => /[a-z]/.test(password),
  numbers: (password) => /[0-9]/.test(password),
  symbols: (password) => SYMBOL.test(password),
};
const PAUSE_MS = 700;

const list = document.querySelector("[data-rules]");
if (list) {
  const input = document.getElementById(list.dataset.rules);
  const summary = document.querySelector("[data-rules-summary]");
  const rules = [...list.querySelectorAll("[data-rule]")].filter((item) => item.dataset.rule in CHECKS);
  let pause;

  const mark = (item, met) => {
    item.className = met ? "met" : "";
    const use = item.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, met ? "#check" : "#circle"));
    item.querySelector("[data-state]").textContent = ` – ${met ? list.dataset.met : list.dataset.unmet}`;
  };

  const check = () => {
    const met = rules.map((item) => CHECKS[item.dataset.rule](input.value, Number(item.dataset.minimum)));
    rules.forEach((item, index) => mark(item, met[index]));
    clearTimeout(pause);
    // One announcement after the typing pauses, not one a key.
    pause = setTimeout(() => {
      summary.textContent = input.value
        ? list.dataset.summary.replace("{met}", met.filter(Boolean).length).replace("{total}", rules.length)
        : "";
    }, PAUSE_MS);
  };

  input.addEventListener("input", check);
  // Somebody quick, or a password manager, may have been here before this script was.
  if (input.value) check();
}
