/* A stand-in for Stripe.js (endive): the same names, promises and errors, talking to the sandbox it was loaded from. */
(function () {
  'use strict';

  var BASE = document.currentScript.src.replace(/stripe\.js([?#].*)?$/, '');
  var ORIGIN = new URL(BASE).origin;
  var LOAD_TIMEOUT = 15000;
  var THEMES = {
    night: { colorBackground: '#30313d', colorText: '#ffffff', colorTextPlaceholder: '#b5b8c4', colorDanger: '#ff9a9a', colorPrimary: '#9fb6ff' },
    flat: { colorBackground: '#f1f1f1', borderColor: 'transparent' }
  };
  var frames = 0;

  function integrationError(message) {
    var error = new Error(message);
    error.name = 'IntegrationError';
    return error;
  }

  function assign(target) {
    for (var i = 1; i < arguments.length; i += 1) {
      var source = arguments[i] || {};
      for (var key in source) {
        if (Object.prototype.hasOwnProperty.call(source, key)) {
          target[key] = source[key];
        }
      }
    }
    return target;
  }

  /* ---- calls to the sandbox ---- */

  function encode(params) {
    var body = new URLSearchParams();
    function append(prefix, value) {
      if (value === null || value === undefined || value === '') {
        return;
      }
      if (typeof value === 'object') {
        Object.keys(value).forEach(function (key) {
          append(prefix ? prefix + '[' + key + ']' : key, value[key]);
        });
      } else {
        body.append(prefix, String(value));
      }
    }
    append('', params);
    return body;
  }

  function call(method, path, params) {
    var body = encode(params);
    var url = BASE + 'api/' + path + (method === 'GET' ? '?' + body.toString() : '');
    return fetch(url, method === 'GET' ? {} : { method: method, body: body })
      .then(function (response) {
        return response.json();
      })
      .catch(function () {
        return { error: { type: 'api_connection_error', message: 'We could not reach the payment service.' } };
      });
  }

  /* ---- events of elements ---- */

  function Listeners() {
    this.byName = {};
  }

  Listeners.prototype.add = function (name, handler) {
    (this.byName[name] = this.byName[name] || []).push(handler);
  };

  Listeners.prototype.remove = function (name, handler) {
    this.byName[name] = (this.byName[name] || []).filter(function (known) {
      return handler && known !== handler;
    });
  };

  Listeners.prototype.emit = function (name, event) {
    (this.byName[name] || []).slice().forEach(function (handler) {
      handler(event);
    });
  };

  function listening(element) {
    var listeners = new Listeners();
    element.on = function (name, handler) {
      listeners.add(name, handler);
      return element;
    };
    element.once = function (name, handler) {
      function only(event) {
        listeners.remove(name, only);
        handler(event);
      }
      listeners.add(name, only);
      return element;
    };
    element.off = function (name, handler) {
      listeners.remove(name, handler);
      return element;
    };
    return listeners;
  }

  function findPlace(place) {
    var node = typeof place === 'string' ? document.querySelector(place) : place;
    if (!node) {
      throw integrationError('The selector you specified (' + place + ') applies to no DOM elements that are currently on the page.');
    }
    return node;
  }

  /* ---- the payment element ---- */

  function pixels(length, fallback) {
    var match = /^([\d.]+)(px|rem|em)?$/.exec(String(length || '').trim());
    if (!match) {
      return fallback;
    }
    return Number(match[1]) * (match[2] === 'rem' || match[2] === 'em' ? 16 : 1);
  }

  /* The same sum as in card.css: the frame has its height before it loads, so nothing on the page moves. */
  function frameHeight(look) {
    var font = pixels(look.variables.fontSizeBase, 16);
    var unit = pixels(look.variables.spacingUnit, 4);
    var row = font * 0.875 * 1.4 + unit + pixels(look.variables.inputHeight) + font * 0.8125 * 1.4;
    return Math.ceil(row * 2 + unit + 8);
  }

  function inputHeight(variables, rules) {
    var padding = (rules['.Input'] || {}).padding;
    var line = Math.max(16, pixels(variables.fontSizeBase, 16)) * 1.4;
    return line + 2 * pixels((padding || '').split(' ')[0], pixels(variables.spacingUnit, 4) * 3) + 2 + 'px';
  }

  /* What the frame needs to look like the page: Stripe's variables, and its rules for fields and labels. */
  function frameLook(appearance) {
    var given = appearance || {};
    var rules = given.rules || {};
    var variables = assign({}, THEMES[given.theme], given.variables);
    return { variables: assign(variables, { inputHeight: inputHeight(variables, rules) }), rules: rules };
  }

  function PaymentElement(elements) {
    var self = this;
    var listeners = listening(self);
    var iframe = null;
    var ready = false;
    var waiting = [];
    var replies = {};
    var requests = 0;
    var loadTimer = null;

    function send(type, data) {
      var message = { sandbox: 'stripe-order', type: type, data: data || {} };
      if (ready) {
        iframe.contentWindow.postMessage(message, ORIGIN);
      } else {
        waiting.push(message);
      }
    }

    function onReady() {
      ready = true;
      clearTimeout(loadTimer);
      waiting.splice(0).forEach(function (message) {
        iframe.contentWindow.postMessage(message, ORIGIN);
      });
      listeners.emit('ready', { elementType: 'payment' });
    }

    function onMessage(event) {
      var message = event.data;
      if (!iframe || event.source !== iframe.contentWindow || event.origin !== ORIGIN || !message || message.sandbox !== 'stripe-card') {
        return;
      }
      var data = message.data;
      if (message.type === 'ready') {
        onReady();
      } else if (message.type === 'height') {
        iframe.style.height = Math.max(data.height, frameHeight(frameLook(elements.options.appearance))) + 'px';
      } else if (message.type === 'reply') {
        replies[data.request](data.answer);
        delete replies[data.request];
      } else if (message.type === 'change') {
        listeners.emit('change', { elementType: 'payment', collapsed: false, empty: data.empty, complete: data.complete, value: { type: 'card' } });
      } else {
        listeners.emit(message.type, { elementType: 'payment' });
      }
    }

    function buildFrame() {
      frames += 1;
      var name = '__privateStripeFrame' + (Math.floor(Math.random() * 9000) + 1000) + frames;
      var frame = document.createElement('iframe');
      frame.name = name;
      frame.title = 'Secure payment input frame';
      frame.setAttribute('allow', 'payment *');
      frame.setAttribute('scrolling', 'no');
      assign(frame.style, {
        display: 'block', width: 'calc(100% + 8px)', margin: '-4px', border: '0', overflow: 'hidden', colorScheme: 'normal',
        height: frameHeight(frameLook(elements.options.appearance)) + 'px'
      });
      var look = encodeURIComponent(JSON.stringify(frameLook(elements.options.appearance)));
      frame.src = BASE + 'card.html?frame=' + name + '&origin=' + encodeURIComponent(window.location.origin) + '#' + look;
      return frame;
    }

    self.ask = function (type, data) {
      return new Promise(function (resolve, reject) {
        if (!iframe) {
          reject(integrationError('The Payment Element must be mounted before it can be submitted.'));
          return;
        }
        requests += 1;
        replies[requests] = resolve;
        send(type, assign({ request: requests }, data));
      });
    };

    self.mount = function (place) {
      var node = findPlace(place);
      if (iframe) {
        self.unmount();
      }
      iframe = buildFrame();
      window.addEventListener('message', onMessage);
      loadTimer = setTimeout(function () {
        listeners.emit('loaderror', { elementType: 'payment', error: { type: 'api_connection_error', message: 'The payment form could not be loaded.' } });
      }, LOAD_TIMEOUT);
      node.replaceChildren(iframe);
    };

    self.unmount = function () {
      window.removeEventListener('message', onMessage);
      clearTimeout(loadTimer);
      if (iframe) {
        iframe.remove();
      }
      iframe = null;
      ready = false;
    };

    self.destroy = self.unmount;
    self.update = function () {
      return self;
    };
    self.restyle = function () {
      if (iframe) {
        var look = frameLook(elements.options.appearance);
        iframe.style.height = frameHeight(look) + 'px';
        send('style', look);
      }
    };
    self.focus = function () {
      send('focus');
    };
    self.clear = function () {
      send('clear');
    };
    self.blur = function () {
      if (iframe) {
        iframe.blur();
      }
    };
    self.collapse = function () {};
  }

  /* Wallets need a real device and a registered domain; like Stripe there, the element reports that none is available. */
  function ExpressCheckoutElement() {
    var self = this;
    var listeners = listening(self);
    self.mount = function (place) {
      findPlace(place);
      Promise.resolve().then(function () {
        listeners.emit('ready', { elementType: 'expressCheckout', availablePaymentMethods: undefined });
        listeners.emit('availablepaymentmethodschange', { elementType: 'expressCheckout', paymentMethods: undefined });
      });
    };
    self.unmount = self.destroy = self.focus = self.blur = self.clear = function () {};
    self.update = function () {
      return self;
    };
  }

  /* ---- elements ---- */

  function checkOptions(options) {
    if ('paymentMethodTypes' in options || 'payment_method_types' in options) {
      throw integrationError('paymentMethodTypes is no longer supported. Use allowedPaymentMethodTypes or excludedPaymentMethodTypes instead.');
    }
    if (options.clientSecret) {
      return;
    }
    if (['payment', 'setup', 'subscription'].indexOf(options.mode) < 0) {
      throw integrationError('Invalid value for elements(): mode should be one of payment, setup or subscription.');
    }
    if (options.mode !== 'setup' && !(Number.isInteger(options.amount) && options.amount >= 0)) {
      throw integrationError('Invalid value for elements(): amount must be a whole number of the smallest currency unit.');
    }
    if (options.mode !== 'setup' && !/^[a-z]{3}$/.test(options.currency || '')) {
      throw integrationError('Invalid value for elements(): currency must be a three-letter code in lower case.');
    }
  }

  function Elements(options) {
    var self = this;
    var created = {};
    checkOptions(options);
    self.options = assign({}, options);
    self.submitted = false;

    self.create = function (type) {
      var kinds = { payment: PaymentElement, expressCheckout: ExpressCheckoutElement };
      if (!Object.prototype.hasOwnProperty.call(kinds, type)) {
        throw integrationError('A valid Element name must be provided. Valid Elements are: payment, expressCheckout; you passed: ' + type + '.');
      }
      if (created[type]) {
        throw integrationError('Can only create one Element of type ' + type + '.');
      }
      created[type] = new kinds[type](self);
      return created[type];
    };

    self.getElement = function (type) {
      return created[type] || null;
    };

    self.update = function (changes) {
      var next = assign({}, self.options, changes);
      checkOptions(next);
      self.options = next;
      if (changes.appearance && created.payment) {
        created.payment.restyle();
      }
    };

    self.fetchUpdates = function () {
      return Promise.resolve({});
    };

    self.submit = function () {
      if (!created.payment) {
        return Promise.reject(integrationError('elements.submit() needs a mounted Payment Element.'));
      }
      return created.payment.ask('validate').then(function (answer) {
        self.submitted = !answer.error;
        return answer;
      });
    };
  }

  function tokenFrom(elements, identity, params) {
    if (!elements.submitted) {
      return Promise.reject(integrationError('elements.submit() must be called before the payment details are used.'));
    }
    var given = params || {};
    var method = given.payment_method_data || {};
    return elements.getElement('payment').ask('token', {
      params: assign({
        billing_details: method.billing_details,
        return_url: given.return_url,
        shipping: given.shipping,
        setup_future_usage: elements.options.setupFutureUsage || elements.options.setup_future_usage
      }, identity)
    });
  }

  /* ---- the bank's challenge, in a frame over the page ---- */

  function isolate(overlay) {
    var hidden = [].slice.call(document.body.children).filter(function (node) {
      return node !== overlay && !node.inert;
    });
    hidden.forEach(function (node) {
      node.inert = true;
    });
    return function () {
      hidden.forEach(function (node) {
        node.inert = false;
      });
    };
  }

  function buildOverlay(src) {
    var overlay = document.createElement('div');
    overlay.setAttribute('role', 'dialog');
    overlay.setAttribute('aria-modal', 'true');
    overlay.setAttribute('aria-label', 'Bank authentication');
    assign(overlay.style, {
      position: 'fixed', top: '0', right: '0', bottom: '0', left: '0', zIndex: '2147483647', display: 'grid',
      placeItems: 'center', padding: '16px', background: 'rgba(10, 14, 20, 0.6)'
    });
    var iframe = document.createElement('iframe');
    iframe.name = 'stripe-challenge-frame';
    iframe.title = 'Bank authentication';
    assign(iframe.style, {
      width: '100%', maxWidth: '480px', height: '460px', maxHeight: '100%', border: '0', borderRadius: '12px', background: '#ffffff'
    });
    iframe.src = src;
    overlay.appendChild(iframe);
    return overlay;
  }

  function showChallenge(clientSecret) {
    var intentId = clientSecret.split('_secret_')[0];
    var overlay = buildOverlay(BASE + 'challenge/' + intentId + '?framed=1&client_secret=' + encodeURIComponent(clientSecret));
    var iframe = overlay.firstChild;
    var focused = document.activeElement;
    var scroll = document.documentElement.style.overflow;
    return new Promise(function (resolve) {
      document.body.appendChild(overlay);
      document.documentElement.style.overflow = 'hidden';
      var restore = isolate(overlay);
      iframe.addEventListener('load', function () {
        iframe.focus();
      });
      window.addEventListener('message', function finished(event) {
        if (event.source !== iframe.contentWindow || event.origin !== ORIGIN || !event.data || event.data.sandbox !== 'stripe-challenge-finished') {
          return;
        }
        window.removeEventListener('message', finished);
        restore();
        overlay.remove();
        document.documentElement.style.overflow = scroll;
        if (focused && focused.focus) {
          focused.focus();
        }
        resolve();
      });
    });
  }

  /* ---- the Stripe object ---- */

  function checkClientSecret(clientSecret) {
    if (!/^(pi|seti)_\w+_secret_\w+$/.test(clientSecret || '')) {
      throw integrationError('Invalid value for clientSecret: it should be of the form ${id}_secret_${secret}.');
    }
  }

  function outcome(intent) {
    if (intent.error) {
      return { error: intent.error };
    }
    var failure = intent.last_payment_error || intent.last_setup_error;
    var kind = intent.object === 'setup_intent' ? 'setup' : 'payment';
    if (intent.status === 'requires_payment_method' && failure) {
      var related = {};
      related[kind + '_intent'] = intent;
      return { error: assign({}, failure, related) };
    }
    var result = {};
    result[kind + 'Intent'] = intent;
    return result;
  }

  function addParameters(url, intent) {
    var target = new URL(url, window.location.href);
    target.searchParams.set('payment_intent', intent.id);
    target.searchParams.set('payment_intent_client_secret', intent.client_secret);
    target.searchParams.set('redirect_status', intent.status === 'requires_payment_method' ? 'failed' : 'succeeded');
    return target.href;
  }

  function leaveFor(url) {
    window.location.assign(url);
    return new Promise(function () {});
  }

  function Stripe(key, options) {
    if (!/^pk_\w+$/.test(key || '')) {
      throw integrationError('Missing value for Stripe(): apiKey should be a publishable key, such as pk_test_….');
    }
    var settings = options || {};
    var identity = { key: key };
    if (settings.stripeAccount) {
      identity.stripe_account = settings.stripeAccount;
    }

    function retrieve(clientSecret) {
      var path = 'intents/' + clientSecret.split('_secret_')[0];
      return call('GET', path, assign({ client_secret: clientSecret }, identity));
    }

    function act(intent) {
      var next = intent.next_action;
      if (intent.error || intent.status !== 'requires_action' || !next) {
        return Promise.resolve(intent);
      }
      if (next.type === 'redirect_to_url') {
        return leaveFor(next.redirect_to_url.url);
      }
      return showChallenge(intent.client_secret).then(function () {
        return retrieve(intent.client_secret);
      });
    }

    function confirm(clientSecret, params) {
      var path = 'payment_intents/' + clientSecret.split('_secret_')[0] + '/confirm';
      return call('POST', path, assign({ client_secret: clientSecret, use_stripe_sdk: true }, identity, params));
    }

    function paymentSource(elements, confirmParams) {
      if (!elements) {
        return Promise.resolve({ payment_method: confirmParams.payment_method, confirmation_token: confirmParams.confirmation_token });
      }
      return tokenFrom(elements, identity, confirmParams).then(function (answer) {
        return answer.error ? answer : { confirmation_token: answer.confirmationToken.id };
      });
    }

    this.elements = function (elementOptions) {
      return new Elements(assign({ locale: settings.locale }, elementOptions));
    };

    this.createConfirmationToken = function (request) {
      if (!request.elements) {
        return Promise.reject(integrationError('createConfirmationToken() needs elements in the sandbox.'));
      }
      return tokenFrom(request.elements, identity, request.params);
    };

    this.retrievePaymentIntent = function (clientSecret) {
      checkClientSecret(clientSecret);
      return retrieve(clientSecret).then(function (intent) {
        return intent.error ? { error: intent.error } : { paymentIntent: intent };
      });
    };

    this.handleNextAction = function (request) {
      checkClientSecret(request.clientSecret);
      return retrieve(request.clientSecret).then(act).then(outcome);
    };

    this.confirmPayment = function (request) {
      var params = request.confirmParams || {};
      var clientSecret = request.clientSecret || (request.elements && request.elements.options.clientSecret);
      checkClientSecret(clientSecret);
      return paymentSource(request.elements, params)
        .then(function (source) {
          if (source.error) {
            return source;
          }
          return confirm(clientSecret, assign({ return_url: params.return_url }, source)).then(act);
        })
        .then(function (intent) {
          var result = outcome(intent);
          if (!result.error && request.redirect !== 'if_required') {
            return leaveFor(addParameters(params.return_url, intent));
          }
          return result;
        });
    };

    this.confirmCardPayment = function (clientSecret, data, cardOptions) {
      checkClientSecret(clientSecret);
      var given = data || {};
      var handle = !cardOptions || cardOptions.handleActions !== false;
      return confirm(clientSecret, { payment_method: given.payment_method, return_url: given.return_url })
        .then(function (intent) {
          return handle ? act(intent) : intent;
        })
        .then(outcome);
    };
  }

  window.Stripe = function (key, options) {
    return new Stripe(key, options);
  };
  window.Stripe.version = 'endive';
})();
