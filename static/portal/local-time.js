// Shows each time in the person's own zone; the title keeps UTC.

// Dates in the form that the person set in their browser: a page in English is read in many countries.
const language = undefined;
const formats = {
  date: new Intl.DateTimeFormat(language, { dateStyle: "medium" }),
  time: new Intl.DateTimeFormat(language, { timeStyle: "medium" }),
  both: new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }),
};

for (const element of document.querySelectorAll("time[data-local-time]")) {
  const time = new Date(element.dateTime);
  element.title = time.toISOString();
  const parts = element.querySelectorAll("[data-part]");
  for (const part of parts) part.textContent = formats[part.dataset.part].format(time);
  if (!parts.length) element.textContent = formats.both.format(time);
}

const note = document.querySelector("[data-zone-note]");
if (note) note.textContent = note.dataset.local.replace("{zone}", formats.time.resolvedOptions().timeZone);
