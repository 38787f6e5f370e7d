// What the client itself asks and says over a page.

import { el } from "/phone/assets/shared/live.js";

/**
 * @param {{ title: string, text?: string, yes: string, no?: string }} asked
 * @returns {Promise<boolean>} whether "yes" was tapped; Esc is no
 */
export function ask({ title, text = "", yes, no }) {
  return new Promise((resolve) => {
    const leave = (answer) => { dialog.remove(); resolve(answer); };
    const dialog = el("dialog", { class: "question", "aria-label": title, oncancel: () => leave(false) },
      el("h2", {}, title), text ? el("p", {}, text) : null,
      el("div", {},
        no && el("button", { type: "button", class: "not", onclick: () => leave(false) }, no),
        el("button", { type: "button", onclick: () => leave(true) }, yes)));
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function toast(text, ms = 1500) {
  const shown = el("div", { class: "toast", role: "status" }, text);
  document.body.append(shown);
  setTimeout(() => shown.remove(), ms);
}
