// Buttons for one more and one less beside each quantity. The number fields work without them.

function button(text, symbol, input, step) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: symbol });
  made.className = "ticket-choice-step";
  made.setAttribute("aria-label", `${text} ${input.labels[0].textContent}`);
  made.addEventListener("click", () => {
    step();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  return made;
}

function addButtons(input) {
  const { textLess, textMore } = input.closest("fieldset").dataset;
  const less = button(textLess, "−", input, () => input.stepDown());
  const more = button(textMore, "+", input, () => input.stepUp());
  const judge = () => {
    less.setAttribute("aria-disabled", String(Number(input.value) <= Number(input.min)));
    more.setAttribute("aria-disabled", String(Number(input.value) >= Number(input.max)));
  };
  input.before(less);
  input.after(more);
  input.addEventListener("input", judge);
  judge();
}

for (const input of document.querySelectorAll("[data-choice]")) addButtons(input);
