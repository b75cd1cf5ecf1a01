/* One card field in its own frame. The frame of the card number reads its siblings, which share its origin, and is the
   only one that talks to the server; the shop's page learns validity, the token and a masked description, no more. */
(function () {
  "use strict";

  var settings = JSON.parse(decodeURIComponent(window.location.hash.slice(1)));
  var KINDS = {
    ccnumber: { autocomplete: "cc-number", format: formatNumber, check: checkNumber, longest: 23 },
    ccexp: { autocomplete: "cc-exp", format: formatExpiry, check: checkExpiry, longest: 9 },
    cvv: { autocomplete: "cc-csc", format: digits, check: checkSecurityCode, longest: 4 }
  };
  var kind = KINDS[settings.field];
  var form = document.querySelector("form");
  var input = document.createElement("input");
  var sheet = new CSSStyleSheet();
  var touched = false;

  function digits(text) {
    return text.replace(/\D/g, "");
  }

  function formatNumber(text) {
    var number = digits(text).slice(0, 19);
    var groups = /^3[47]/.test(number) ? /^(\d{1,4})(\d{1,6})?(\d{1,5})?/ : /(\d{1,4})/g;
    var parts = number.match(groups) || [];
    return (/^3[47]/.test(number) ? parts.slice(1) : parts).filter(Boolean).join(" ");
  }

  function formatExpiry(text) {
    var value = digits(text);
    if (/^\d{6}$/.test(value) && value.slice(2, 4) === "20") {
      value = value.slice(0, 2) + value.slice(4);
    }
    if (/^[2-9]/.test(value)) {
      value = "0" + value;
    }
    value = value.slice(0, 4);
    return value.length > 2 ? value.slice(0, 2) + " / " + value.slice(2) : value;
  }

  function passesLuhn(number) {
    var total = 0;
    for (var place = 0; place < number.length; place += 1) {
      var value = Number(number[number.length - 1 - place]) * (place % 2 ? 2 : 1);
      total += value > 9 ? value - 9 : value;
    }
    return total % 10 === 0;
  }

  function checkNumber(text) {
    var number = digits(text);
    return number.length >= 13 && number.length <= 19 && passesLuhn(number)
      ? "" : "Card number must be 13-19 digits and a recognizable card format";
  }

  function checkExpiry(text) {
    var value = digits(text);
    var month = Number(value.slice(0, 2));
    var today = new Date();
    var first = today.getFullYear() * 12 + today.getMonth();
    var last = (2000 + Number(value.slice(2))) * 12 + month - 1;
    return value.length === 4 && month >= 1 && month <= 12 && last >= first
      ? "" : "Expiration date must be a present or future month and year";
  }

  function checkSecurityCode(text) {
    return /^\d{3,4}$/.test(text) ? "" : "CVV must be 3 or 4 digits";
  }

  function problem() {
    if (input.value === "") {
      return settings.required ? "Field is empty" : "";
    }
    return kind.check(input.value);
  }

  function tell(message) {
    window.parent.postMessage(message, settings.shop);
  }

  function rule(selector, css) {
    var index = sheet.insertRule(selector + " {}", sheet.cssRules.length);
    Object.keys(css).forEach(function (name) {
      sheet.cssRules[index].style.setProperty(name, css[name]);
    });
  }

  function addStyles() {
    rule("input", settings.customCss);
    rule("input.valid", settings.validCss);
    rule("input.invalid", settings.invalidCss);
    rule("input::placeholder", settings.placeholderCss);
    rule("input:focus", settings.focusCss);
    document.adoptedStyleSheets = [sheet];
  }

  function showValidity() {
    var message = problem();
    input.classList.toggle("invalid", message !== "");
    input.classList.toggle("valid", message === "");
    input.setAttribute("aria-invalid", String(message !== ""));
    tell({ collect: "validity", valid: message === "", message: message || "Success" });
    return message === "";
  }

  function clear() {
    input.value = "";
    touched = false;
    input.classList.remove("valid", "invalid");
    input.removeAttribute("aria-invalid");
  }

  function keepCaret() {
    var before = digits(input.value.slice(0, input.selectionStart)).length;
    var atEnd = input.selectionStart === input.value.length;
    input.value = kind.format(input.value);
    if (!atEnd) {
      var place = 0;
      while (before > 0 && place < input.value.length) {
        before -= /\d/.test(input.value[place]) ? 1 : 0;
        place += 1;
      }
      input.setSelectionRange(place, place);
    }
  }

  function onInput(event) {
    if (settings.field !== "ccexp" || !/^delete/.test(event.inputType || "")) {
      keepCaret();
    }
    if (touched) {
      showValidity();
    }
  }

  function build() {
    var label = document.createElement("label");
    label.htmlFor = input.id = input.name = settings.field;
    label.textContent = document.title = settings.title;
    input.type = "text";
    input.inputMode = "numeric";
    input.autocomplete = kind.autocomplete;
    input.maxLength = kind.longest;
    input.placeholder = settings.placeholder;
    input.required = settings.required;
    form.append(label, input);
    input.addEventListener("input", onInput);
    input.addEventListener("blur", function () {
      touched = touched || input.value !== "";
      if (touched) {
        showValidity();
      }
    });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      tell({ collect: "submit" });
    });
  }

  function siblings() {
    return settings.fields.map(function (name) { return window.parent["CollectJSInline" + name]; });
  }

  function valueOf(name) {
    var frame = settings.fields.indexOf(name) < 0 ? null : window.parent["CollectJSInline" + name];
    return frame ? digits(frame.document.getElementById(name).value) : "";
  }

  async function tokenize(request) {
    var verdicts = siblings().map(function (frame) { return frame.collectField.validate(); });
    if (verdicts.indexOf(false) >= 0) {
      return;
    }
    var card = { key: settings.key, ccnumber: valueOf("ccnumber"), ccexp: valueOf("ccexp"), cvv: valueOf("cvv") };
    try {
      var response = await fetch("api/tokenize", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(card)
      });
      var answer = await response.json();
      tell(response.ok
        ? { collect: "token", request: request, token: answer.token, card: answer.card }
        : { collect: "error", message: answer.error });
    } catch (failure) {
      tell({ collect: "error", message: "the gateway could not be reached" });
    }
  }

  window.collectField = {
    validate: function () {
      touched = true;
      return showValidity();
    }
  };
  window.addEventListener("message", function (event) {
    if (event.source !== window.parent || event.origin !== settings.shop) {
      return;
    }
    if (event.data.collect === "clear") {
      clear();
    } else if (event.data.collect === "tokenize") {
      tokenize(event.data.request);
    }
  });

  addStyles();
  build();
  new ResizeObserver(function () {
    tell({ collect: "height", height: Math.ceil(form.getBoundingClientRect().height) });
  }).observe(form);
  tell({ collect: "ready" });
})();
