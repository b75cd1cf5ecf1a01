/* Small conveniences of the admin; every form works without them. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.textContent;
  button.textContent = "✓";
  setTimeout(() => { button.textContent = label; }, 1500);
});

/* A form that does something is sent once. The server does it once anyway; this only says so. */
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-once]");
  if (!form) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
});
/* A page brought back from the browser's history may be sent again. */
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form[data-refund]")) {
    const parts = form.querySelectorAll("[data-refund-part]");
    const show = () => {
      for (const part of parts) part.hidden = !part.dataset.refundPart.split(" ").includes(form.elements.extent.value);
    };
    form.addEventListener("change", show);
    show();
  }
});

/* The sidebar stands beside the page from 1024 px on, not only beyond 1280; whoever closes it keeps it closed. */
document.addEventListener("alpine:init", () => {
  const theirs = window.theme;
  const wide = () => window.innerWidth >= 1024;
  const open = () => wide() && localStorage.getItem("sidebarOpen") !== "0";
  window.theme = (...given) => {
    const data = theirs(...given);
    return {
      ...data,
      sidebarOpen: open(),
      sidebarToggle() {
        this.sidebarOpen = !this.sidebarOpen;
        if (wide()) localStorage.setItem("sidebarOpen", this.sidebarOpen ? "1" : "0");
      },
      themeBindings: { ...data.themeBindings, ["x-resize.window"]() { this.sidebarOpen = open(); } },
    };
  };
});

/* The two days of a report are asked for only where it is about days between them; without this they always stand there. */
document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form[data-picker]")) {
    const show = () => {
      for (const name of ["since", "until"]) {
        form.querySelector(`[data-field="${name}"]`).hidden = form.elements.days.value !== "chosen";
      }
    };
    form.addEventListener("change", show);
    show();
  }
});

/* The timeline of one kind at once; without this its links ask the server. */
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-timeline] a[data-kind]");
  if (!link || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  const timeline = link.closest("[data-timeline]");
  const kind = link.dataset.kind;
  for (const other of timeline.querySelectorAll("a[data-kind]")) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  for (const day of timeline.querySelectorAll(".sw-day")) {
    const entries = [...day.querySelectorAll("[data-kinds]")];
    for (const entry of entries) entry.hidden = kind !== "" && !entry.dataset.kinds.split(" ").includes(kind);
    day.hidden = entries.every((entry) => entry.hidden);
  }
  const address = new URL(location.href);
  if (kind) address.searchParams.set("kind", kind);
  else address.searchParams.delete("kind");
  history.replaceState(null, "", address);
});

/* A moment of an order is shown as soon as the slider is let go; without this there is a button. */
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-moment]");
  if (form) form.requestSubmit();
});
