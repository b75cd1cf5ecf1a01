// The withdrawal page: its fields are judged as they are left, and what is wrong takes the focus. It works without this too.
import { byId, focusErrors, validateAll, validateInline } from "stepwell/form";

const form = byId("statement");
if (form) {
  validateInline(form);
  form.addEventListener("submit", (event) => validateAll(form) || event.preventDefault());
}
focusErrors();
