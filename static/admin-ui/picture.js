/* A picture is shown as it is chosen, before it is sent. Also loaded with forms that come into a page later. */
if (!window.picturesShown) {
  window.picturesShown = true;
  document.addEventListener("change", ({ target }) => {
    const field = target.closest("[data-picture]");
    if (!field) return;
    const shown = field.querySelector("[data-picture-shown]");
    const file = field.querySelector("[data-picture-file]");
    const remove = field.querySelector("[data-picture-remove]");
    shown.dataset.own ??= shown.getAttribute("src");
    if (target === file && file.files.length && remove) remove.checked = false;
    if (target === remove && remove.checked) file.value = "";
    if (shown.src.startsWith("blob:")) URL.revokeObjectURL(shown.src);
    const path = target.matches("[type=text]") ? target.value : shown.dataset.own;
    shown.src = file.files.length ? URL.createObjectURL(file.files[0]) : path;
    shown.hidden = Boolean(remove?.checked) || !shown.getAttribute("src");
  });
}
