// Check-in by place: the tap asks the phone where it is, and the form carries it to the server, which keeps nothing of it.
import { busy } from "./forms.js";

const WAITS_MS = 15000;
const NOT_FOUND = "没有取到位置。请允许使用位置后再试一次，或扫分诊台的签到码签到。";

function position() {
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(resolve, reject, { enableHighAccuracy: true, timeout: WAITS_MS, maximumAge: 0 });
  });
}

function attend(form) {
  const problem = form.querySelector("[role=alert]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    busy(form, true);
    problem.hidden = true;
    try {
      const { coords } = await position();
      for (const name of ["latitude", "longitude", "accuracy"]) form.elements[name].value = coords[name];
      form.submit();
    } catch {
      problem.textContent = NOT_FOUND;
      problem.hidden = false;
      delete form.dataset.sent;
      busy(form, false);
    }
  });
  form.hidden = false; // without this script, or a phone that knows places, there is the code
}

if (navigator.geolocation) for (const form of document.querySelectorAll("form[data-arrival]")) attend(form);
