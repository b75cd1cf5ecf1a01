/* The card fields inside the frame. Card data is read here, sent from here to the sandbox, and told to nobody else. */
(function () {
  'use strict';

  var query = new URLSearchParams(window.location.search);
  var shopOrigin = query.get('origin') || '';
  var frameId = query.get('frame') || '';
  var form = document.getElementById('card');
  var fields = { number: form.elements.number, expiry: form.elements.expiry, cvc: form.elements.cvc };
  var lastChange = '';

  /* Notices say nothing about the card and may meet a page that is just leaving; replies go to the shop only. */
  function tell(type, data) {
    var target = type === 'reply' ? shopOrigin : '*';
    window.parent.postMessage({ sandbox: 'stripe-card', frame: frameId, type: type, data: data || {} }, target);
  }

  function digits(name) {
    return fields[name].value.replace(/\D/g, '');
  }

  function isAmex() {
    return /^3[47]/.test(digits('number'));
  }

  function passesLuhn(number) {
    var sum = 0;
    for (var i = 0; i < number.length; i += 1) {
      var value = Number(number[number.length - 1 - i]);
      if (i % 2 === 1) {
        value = value * 2 > 9 ? value * 2 - 9 : value * 2;
      }
      sum += value;
    }
    return sum % 10 === 0;
  }

  /* `short` is shown under the field, where two fields share a row; the shop gets Stripe's own message. */
  function problem(code, message, short) {
    return { error: { type: 'validation_error', code: code, message: message }, text: short || message };
  }

  var checks = {
    number: function () {
      var number = digits('number');
      if (number.length < (isAmex() ? 15 : 16)) {
        return problem('incomplete_number', 'Your card number is incomplete.');
      }
      return passesLuhn(number) ? null : problem('invalid_number', 'Your card number is invalid.');
    },
    expiry: function () {
      var text = digits('expiry');
      var now = new Date();
      if (text.length < 4) {
        return problem('incomplete_expiry', "Your card's expiration date is incomplete.", 'Date is incomplete.');
      }
      var month = Number(text.slice(0, 2));
      var year = 2000 + Number(text.slice(2, 4));
      if (month < 1 || month > 12) {
        return problem('invalid_expiry_month', "Your card's expiration month is invalid.", 'Month is not valid.');
      }
      if (year < now.getFullYear()) {
        return problem('invalid_expiry_year_past', "Your card's expiration year is in the past.", 'Date is in the past.');
      }
      if (year === now.getFullYear() && month < now.getMonth() + 1) {
        return problem('invalid_expiry_month_past', "Your card's expiration date is in the past.", 'Date is in the past.');
      }
      return null;
    },
    cvc: function () {
      if (digits('cvc').length < (isAmex() ? 4 : 3)) {
        return problem('incomplete_cvc', "Your card's security code is incomplete.", 'Code is incomplete.');
      }
      return null;
    }
  };

  var layouts = {
    number: function (text) {
      if (/^3[47]/.test(text)) {
        return [text.slice(0, 4), text.slice(4, 10), text.slice(10, 15)].filter(Boolean).join(' ');
      }
      return (text.slice(0, 19).match(/.{1,4}/g) || []).join(' ');
    },
    expiry: function (text, deleting) {
      var whole = text.length === 1 && Number(text) > 1 ? '0' + text : text;
      if (whole.length > 4 && whole.slice(2, 4) === '20') {
        whole = whole.slice(0, 2) + whole.slice(4);
      }
      whole = whole.slice(0, 4);
      if (whole.length < 2 || (whole.length === 2 && deleting)) {
        return whole;
      }
      return whole.slice(0, 2) + ' / ' + whole.slice(2);
    },
    cvc: function (text) {
      return text.slice(0, 4);
    }
  };

  function show(name, found) {
    var slot = document.getElementById(name + '-error');
    var message = found ? found.text : '';
    if (found) {
      fields[name].setAttribute('aria-invalid', 'true');
    } else {
      fields[name].removeAttribute('aria-invalid');
    }
    if (slot.textContent !== message) {
      slot.textContent = message;
    }
  }

  function format(event) {
    var input = event.target;
    var deleting = /^delete/.test(event.inputType || '');
    var before = input.value.slice(0, input.selectionStart || 0).replace(/\D/g, '').length;
    var atEnd = input.selectionStart === input.value.length;
    var formatted = layouts[input.name](input.value.replace(/\D/g, ''), deleting);
    if (formatted !== input.value) {
      input.value = formatted;
      input.setSelectionRange(caret(formatted, before, atEnd), caret(formatted, before, atEnd));
    }
    show(input.name, null);
    announceChange();
  }

  function caret(text, digitsBefore, atEnd) {
    if (atEnd) {
      return text.length;
    }
    var seen = 0;
    var position = 0;
    while (position < text.length && seen < digitsBefore) {
      seen += /\d/.test(text[position]) ? 1 : 0;
      position += 1;
    }
    return position;
  }

  function announceChange() {
    var state = {
      empty: !fields.number.value && !fields.expiry.value && !fields.cvc.value,
      complete: !checks.number() && !checks.expiry() && !checks.cvc()
    };
    var text = JSON.stringify(state);
    if (text !== lastChange) {
      lastChange = text;
      tell('change', state);
    }
  }

  function validate() {
    var first = null;
    Object.keys(fields).forEach(function (name) {
      var found = checks[name]();
      show(name, found);
      if (found && !first) {
        first = found.error;
        fields[name].focus();
      }
    });
    return first;
  }

  function append(body, prefix, value) {
    if (value === null || value === undefined || value === '') {
      return;
    }
    if (typeof value === 'object') {
      Object.keys(value).forEach(function (key) {
        append(body, prefix ? prefix + '[' + key + ']' : key, value[key]);
      });
    } else {
      body.append(prefix, String(value));
    }
  }

  function createToken(params) {
    var body = new URLSearchParams();
    append(body, '', params);
    Object.keys(fields).forEach(function (name) {
      body.append(name, digits(name));
    });
    return fetch('api/confirmation_tokens', { method: 'POST', body: body })
      .then(function (response) {
        return response.json();
      })
      .then(function (answer) {
        return answer.error ? { error: answer.error } : { confirmationToken: answer };
      })
      .catch(function () {
        return { error: { type: 'api_connection_error', message: 'We could not reach the payment service.' } };
      });
  }

  function reply(request, answer) {
    tell('reply', { request: request, answer: answer });
  }

  /* Stripe's names for what may be styled, as selectors of this document. */
  var targets = {
    '.Input': 'input',
    '.Input:focus': 'input:focus',
    '.Input--invalid': 'input[aria-invalid="true"]',
    '.Input::placeholder': 'input::placeholder',
    '.Label': 'label',
    '.Error': '.error'
  };
  var rules = document.createElement('style');
  document.head.appendChild(rules);

  function style(look) {
    var variables = look.variables || {};
    Object.keys(variables).forEach(function (name) {
      if (/^[A-Za-z]+$/.test(name) && typeof variables[name] === 'string') {
        document.documentElement.style.setProperty('--' + name, variables[name]);
      }
    });
    while (rules.sheet.cssRules.length) {
      rules.sheet.deleteRule(0);
    }
    Object.keys(look.rules || {}).forEach(function (name) {
      if (Object.prototype.hasOwnProperty.call(targets, name)) {
        var index = rules.sheet.insertRule(targets[name] + ' {}', rules.sheet.cssRules.length);
        Object.assign(rules.sheet.cssRules[index].style, look.rules[name]);
      }
    });
  }

  var orders = {
    style: function (data) {
      style(data);
    },
    validate: function (data) {
      var error = validate();
      reply(data.request, error ? { error: error } : { selectedPaymentMethod: 'card' });
    },
    token: function (data) {
      var error = validate();
      if (error) {
        reply(data.request, { error: error });
      } else {
        createToken(data.params).then(function (answer) {
          reply(data.request, answer);
        });
      }
    },
    focus: function () {
      fields.number.focus();
    },
    clear: function () {
      form.reset();
      Object.keys(fields).forEach(function (name) {
        show(name, null);
      });
      announceChange();
    }
  };

  window.addEventListener('message', function (event) {
    var message = event.data;
    if (event.source !== window.parent || event.origin !== shopOrigin || !message || message.sandbox !== 'stripe-order') {
      return;
    }
    if (Object.prototype.hasOwnProperty.call(orders, message.type)) {
      orders[message.type](message.data || {});
    }
  });

  form.addEventListener('submit', function (event) {
    event.preventDefault();
  });
  form.addEventListener('input', format);
  form.addEventListener('focusin', function () {
    tell('focus');
  });
  form.addEventListener('focusout', function (event) {
    if (event.target.value) {
      show(event.target.name, checks[event.target.name]());
    }
    if (!event.relatedTarget) {
      tell('blur');
    }
  });
  if ('ResizeObserver' in window) {
    new ResizeObserver(function () {
      tell('height', { height: Math.ceil(form.getBoundingClientRect().height) });
    }).observe(form);
  }
  style(JSON.parse(decodeURIComponent(window.location.hash.slice(1)) || '{}'));
  tell('ready');
})();
