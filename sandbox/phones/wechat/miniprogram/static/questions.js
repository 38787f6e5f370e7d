// What the client itself asks and says over a page.

/**
 * @param {{ title: string, text?: string, yes: string, no?: string }} asked
 * @returns {Promise<boolean>} whether "yes" was tapped; Esc is no
 */
export function ask({ title, text = "", yes, no }) {
  return new Promise((resolve) => {
    const make = (tag, words, more = {}) => Object.assign(document.createElement(tag), { textContent: words, ...more });
    const dialog = make("dialog", "", { className: "question", ariaLabel: title });
    const leave = (answer) => { dialog.remove(); resolve(answer); };
    const buttons = make("div", "");
    if (no) buttons.append(make("button", no, { type: "button", className: "not", onclick: () => leave(false) }));
    buttons.append(make("button", yes, { type: "button", onclick: () => leave(true) }));
    dialog.append(make("h2", title), ...(text ? [make("p", text)] : []), buttons);
    dialog.oncancel = () => leave(false);
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function toast(text, ms = 1500) {
  const shown = Object.assign(document.createElement("div"), { className: "toast", textContent: text });
  shown.setAttribute("role", "status");
  document.body.append(shown);
  setTimeout(() => shown.remove(), ms);
}
