/* A picture is shown as it is chosen, before it is sent; a file that would be refused is told of at once and not sent. Also
   loaded with forms that come into a page later. */
if (!window.picturesShown) {
  window.picturesShown = true;
  const refuse = (file, told) => {
    const [chosen] = file.files;
    const strange = chosen?.type && !file.accept.split(",").includes(chosen.type);
    const large = chosen?.size > Number(told.dataset.most);
    told.textContent = strange ? told.dataset.strange : large ? told.dataset.large : "";
    told.hidden = !told.textContent;
    if (told.textContent) file.value = "";
  };
  document.addEventListener("change", ({ target }) => {
    const field = target.closest("[data-picture]");
    if (!field) return;
    const shown = field.querySelector("[data-picture-shown]");
    const file = field.querySelector("[data-picture-file]");
    const remove = field.querySelector("[data-picture-remove]");
    shown.dataset.own ??= shown.getAttribute("src");
    if (target === file) refuse(file, field.querySelector("[data-picture-refused]"));
    if (target === file && file.files.length && remove) remove.checked = false;
    if (target === remove && remove.checked) file.value = "";
    if (shown.src.startsWith("blob:")) URL.revokeObjectURL(shown.src);
    const path = target.matches("[type=text]") ? target.value : shown.dataset.own;
    shown.src = file.files.length ? URL.createObjectURL(file.files[0]) : path;
    shown.hidden = Boolean(remove?.checked) || !shown.getAttribute("src");
  });
}
