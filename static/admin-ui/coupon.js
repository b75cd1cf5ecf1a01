/* The coupon's form: only the field of the chosen kind, and what an order would cost with it. */
document.addEventListener("DOMContentLoaded", () => {
  const kind = document.getElementById("id_kind");
  if (!kind) return;
  const fields = { percent: "percent", fixed: "amount", trial: "trial_days" };
  const input = (name) => document.getElementById(`id_${name}`);
  const box = (name) => input(name)?.closest(".field-line");
  const example = Object.assign(document.createElement("p"), { className: "sw-subtle sw-example" });
  example.setAttribute("role", "status");
  kind.closest("fieldset").append(example);

  const money = (amount, currency) => {
    try {
      return new Intl.NumberFormat(document.documentElement.lang || "en", { style: "currency", currency }).format(amount);
    } catch {
      return `${amount.toFixed(2)} ${currency}`;
    }
  };

  function show() {
    for (const [name, field] of Object.entries(fields)) {
      const line = box(field);
      if (line) line.hidden = name !== kind.value;
    }
    const value = Number(input(fields[kind.value])?.value);
    const currency = input("currency").value.toUpperCase();
    const whole = 49;
    const least = Number(input("minimum")?.value) || 0;
    const before = Math.max(whole, least);
    example.hidden = kind.value === "trial" || !(value > 0);
    const off = kind.value === "percent" ? Math.round(before * value) / 100 : value;
    example.textContent = `${money(before, currency)} → ${money(Math.max(0, before - off), currency)}`;
  }
  document.addEventListener("input", show);
  document.addEventListener("change", show);
  show();
});
