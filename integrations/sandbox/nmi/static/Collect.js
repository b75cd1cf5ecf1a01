/* Stand-in for NMI's Collect.js, inline variant: puts one card-field frame into each configured element and hands a
   payment token to the page's callback. Card data stays inside the frames. */
(function () {
  "use strict";

  var script = document.currentScript;
  var origin = new URL(script.src).origin;
  var base = script.src.replace(/Collect\.js.*$/, "");
  var tokenizationKey = script.getAttribute("data-tokenization-key") || "";
  var FIELDS = {
    ccnumber: { title: "Credit card number", placeholder: "Card Number" },
    ccexp: { title: "Credit card expiration", placeholder: "MM / YY" },
    cvv: { title: "Credit card security code", placeholder: "CVV" }
  };
  var OPTIONS = [
    "variant", "paymentSelector", "fields", "callback", "validationCallback", "fieldsAvailableCallback",
    "timeoutDuration", "timeoutCallback", "customCss", "invalidCss", "validCss", "placeholderCss", "focusCss",
    "styleSniffer", "googleFont", "price", "currency", "country", "lookUpCallback", "paymentType"
  ];
  var DEFAULT_HEIGHT = 44;

  var options = {};
  var frames = {};
  var ready = {};
  var request = null;
  var requests = 0;

  function call(name) {
    if (typeof options[name] === "function") {
      options[name].apply(null, Array.prototype.slice.call(arguments, 1));
    }
  }

  function frameSettings(name, field) {
    return {
      field: name,
      key: tokenizationKey,
      shop: window.location.origin,
      fields: Object.keys(options.fields),
      title: field.title || FIELDS[name].title,
      placeholder: field.placeholder === undefined ? FIELDS[name].placeholder : field.placeholder,
      required: !(name === "cvv" && field.display === "show"),
      customCss: options.customCss || {},
      invalidCss: options.invalidCss || {},
      validCss: options.validCss || {},
      placeholderCss: options.placeholderCss || {},
      focusCss: options.focusCss || {}
    };
  }

  function expectedHeight() {
    var height = options.customCss && parseFloat(options.customCss.height);
    return height && /px$/.test(options.customCss.height) ? height : DEFAULT_HEIGHT;
  }

  function addFrame(name, field) {
    var place = document.querySelector(field.selector || "#" + name);
    if (!place) {
      console.error("CollectJS: no element matches the selector of the field " + name);
      return;
    }
    var frame = document.createElement("iframe");
    frame.id = frame.name = "CollectJSInline" + name;
    frame.className = "CollectJSInlineIframe";
    frame.title = field.title || FIELDS[name].title;
    frame.style.border = "0";
    frame.style.display = "block";
    frame.style.colorScheme = "light";
    frame.style.width = "100%";
    frame.style.height = expectedHeight() + "px";
    frame.src = base + "field.html#" + encodeURIComponent(JSON.stringify(frameSettings(name, field)));
    place.replaceChildren(frame);
    frames[name] = frame;
  }

  function removeFrames() {
    Object.keys(frames).forEach(function (name) { frames[name].remove(); });
    frames = {};
    ready = {};
  }

  function post(name, message) {
    if (frames[name] && frames[name].contentWindow) {
      frames[name].contentWindow.postMessage(message, origin);
    }
  }

  function endRequest() {
    if (request) {
      window.clearTimeout(request.timer);
      request = null;
    }
  }

  function fieldOf(source) {
    return Object.keys(frames).find(function (name) { return frames[name].contentWindow === source; });
  }

  function becameReady(name) {
    ready[name] = true;
    if (Object.keys(frames).every(function (other) { return ready[other]; })) {
      call("fieldsAvailableCallback");
    }
  }

  function tokenArrived(message) {
    if (!request || request.id !== message.request) {
      return;
    }
    var event = request.event;
    endRequest();
    call("callback", {
      tokenType: "inline",
      token: message.token,
      initiatedBy: event,
      card: message.card,
      check: { name: null, account: null, hash: null, aba: null, transit: null, institution: null },
      wallet: { cardDetails: null, cardNetwork: null, email: null, billingInfo: {}, shippingInfo: {} }
    });
  }

  window.addEventListener("message", function (event) {
    var name = event.origin === origin ? fieldOf(event.source) : undefined;
    if (!name || !event.data) {
      return;
    }
    switch (event.data.collect) {
      case "ready": becameReady(name); break;
      case "height": frames[name].style.height = event.data.height + "px"; break;
      case "validity": call("validationCallback", name, event.data.valid, event.data.message); break;
      case "token": tokenArrived(event.data); break;
      case "submit": window.CollectJS.startPaymentRequest(); break;
      case "error": console.error("CollectJS: " + event.data.message); break;
    }
  });

  function onPaymentClick(event) {
    if (options.paymentSelector && event.target.closest && event.target.closest(options.paymentSelector)) {
      event.preventDefault();
      window.CollectJS.startPaymentRequest(event);
    }
  }

  function configure(given) {
    given = given || {};
    Object.keys(given).forEach(function (name) {
      if (OPTIONS.indexOf(name) < 0) {
        console.error("CollectJS: unexpected option " + name);
      }
    });
    if (given.variant !== "inline") {
      throw new Error("CollectJS: this sandbox offers the inline variant only");
    }
    if (!tokenizationKey) {
      throw new Error("CollectJS: the script tag has no data-tokenization-key");
    }
    endRequest();
    removeFrames();
    options = Object.assign({ paymentSelector: "#payButton" }, given);
    options.fields = Object.assign({}, given.fields || { ccnumber: {}, ccexp: {}, cvv: {} });
    Object.keys(options.fields).forEach(function (name) {
      if (!FIELDS[name] || options.fields[name].display === "hide") {
        delete options.fields[name];
      }
    });
    Object.keys(options.fields).forEach(function (name) { addFrame(name, options.fields[name]); });
  }

  function startPaymentRequest(event) {
    endRequest();
    requests += 1;
    request = { id: requests, event: event, timer: 0 };
    if (options.timeoutDuration > 0) {
      request.timer = window.setTimeout(function () {
        request = null;
        call("timeoutCallback");
      }, options.timeoutDuration);
    }
    post("ccnumber", { collect: "tokenize", request: request.id });
  }

  function clearInputs() {
    Object.keys(frames).forEach(function (name) { post(name, { collect: "clear" }); });
  }

  document.addEventListener("click", onPaymentClick);
  window.CollectJS = {
    configure: configure,
    startPaymentRequest: startPaymentRequest,
    clearInputs: clearInputs,
    closePaymentRequest: endRequest
  };
})();
