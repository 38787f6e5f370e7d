// Every form is sent once, however often the button is tapped. Without scripts the server holds the same line.

/** Shows that the form is under way; `false` gives the button back. */
export function busy(form, on) {
  const button = form.querySelector("button[type=submit]");
  if (on) button.dataset.text = button.textContent;
  button.disabled = on;
  button.textContent = on ? button.dataset.busy || "请稍等…" : button.dataset.text || button.textContent;
}

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(busy, 0, form, true);
  });
}

// Back from the next page: the browser shows this one as it was left, so buttons must work again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form")) {
    if (form.dataset.sent) { delete form.dataset.sent; busy(form, false); }
  }
});
