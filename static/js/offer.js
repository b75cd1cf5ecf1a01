// The offer page: one answer only, a visible wait, and a clock that counts what the server says is left.
import { byId, focusErrors, onReturn, setBusy } from "stepwell/form";

const form = byId("offer-form");
const buttons = [...form.querySelectorAll("button")];
const processing = form.querySelector('[data-testid="upsell-processing"]');
const deadline = form.querySelector("[data-deadline]");
const accept = form.querySelector('[value="accept"]');
let over = false;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { submitter } = event;
  if (form.dataset.answer || (over && submitter === accept)) return;
  form.dataset.answer = submitter.value;
  form.elements.in_page.value = "1";
  const answer = Object.assign(document.createElement("input"), { type: "hidden", name: "decision", value: submitter.value });
  form.append(answer);
  for (const button of buttons) button.setAttribute("aria-disabled", "true");
  setBusy(submitter, true);
  processing.textContent = processing.dataset[submitter.value];
  processing.hidden = false;
  form.submit();
});

onReturn(() => {
  delete form.dataset.answer;
  form.querySelector('input[name="decision"]')?.remove();
  for (const button of buttons) setBusy(button, false);
  processing.hidden = true;
  if (over) end();
});

function clockText(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (!parts[0]) parts.shift();
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

function end() {
  over = true;
  const note = form.querySelector("[data-ended]");
  note.textContent = note.dataset.text;
  deadline.hidden = true;
  accept.setAttribute("aria-disabled", "true");
  accept.setAttribute("aria-describedby", note.id);
}

if (deadline) {
  const endsAt = Date.now() + Number(deadline.dataset.seconds) * 1000;
  const clock = deadline.querySelector("[data-clock]");
  const tick = () => {
    const left = Math.ceil((endsAt - Date.now()) / 1000);
    if (left <= 0) return end();
    clock.textContent = clockText(left);
    return setTimeout(tick, 1000 - (Date.now() % 1000));
  };
  tick();
}
focusErrors();
