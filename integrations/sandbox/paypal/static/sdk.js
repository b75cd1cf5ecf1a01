/* A stand-in for PayPal's JavaScript SDK, version 5: paypal.Buttons. The button lives in a frame of this origin and opens
   the approval page in a window of its own, or over the shop's page where the browser opens no window. */
(function () {
  'use strict';
  var script = document.currentScript;
  var address = new URL(script.src);
  var ORIGIN = address.origin;
  var FUNDING = { PAYPAL: 'paypal', CARD: 'card', PAYLATER: 'paylater', VENMO: 'venmo', CREDIT: 'credit' };
  var KNOWN = ['createOrder', 'createSubscription', 'createVaultSetupToken', 'displayOnly', 'fundingSource', 'message', 'onApprove',
    'onCancel', 'onClick', 'onError', 'onInit', 'onShippingAddressChange', 'onShippingOptionsChange', 'style'];

  function attempt(deed) {
    return new Promise(function (resolve) {
      resolve(deed());
    });
  }

  function redirect(url) {
    window.location.assign(url);
    return new Promise(function () {});
  }

  /* The approval page over the shop's page. Resolves with what the payer decided. */
  function overlay(orderID) {
    var cover = document.createElement('div');
    var frame = document.createElement('iframe');
    cover.setAttribute('role', 'dialog');
    cover.setAttribute('aria-modal', 'true');
    cover.setAttribute('aria-label', 'PayPal');
    Object.assign(cover.style, {
      position: 'fixed', top: '0', right: '0', bottom: '0', left: '0', zIndex: '2147483647', display: 'grid',
      placeItems: 'center', padding: '16px', background: 'rgba(10, 14, 20, 0.6)'
    });
    frame.name = 'paypal-approval-frame';
    frame.title = 'PayPal';
    Object.assign(frame.style, {
      width: '100%', maxWidth: '500px', height: '100%', maxHeight: '720px', border: '0', borderRadius: '12px', background: '#ffffff'
    });
    frame.src = ORIGIN + '/paypal/checkoutnow?mode=frame&token=' + encodeURIComponent(orderID);
    cover.appendChild(frame);
    document.body.appendChild(cover);
    frame.addEventListener('load', function () {
      frame.focus();
    });
    return new Promise(function (resolve) {
      window.addEventListener('message', function decided(event) {
        if (event.source !== frame.contentWindow || event.origin !== ORIGIN || !event.data || event.data.sandboxPayPal !== 'decided') {
          return;
        }
        window.removeEventListener('message', decided);
        cover.remove();
        resolve(event.data);
      });
    });
  }

  function Buttons(options) {
    this.options = options || {};
    this.frame = null;
    this.busy = false;
    this.listen = this.listen.bind(this);
    Object.keys(this.options).forEach(function (name) {
      if (KNOWN.indexOf(name) < 0) {
        throw new Error('paypal.Buttons has no option ' + name);
      }
    });
    if (typeof this.options.createOrder !== 'function' || typeof this.options.onApprove !== 'function') {
      throw new Error('paypal.Buttons needs createOrder and onApprove');
    }
  }

  Buttons.prototype.isEligible = function () {
    return !this.options.fundingSource || this.options.fundingSource === FUNDING.PAYPAL;
  };

  Buttons.prototype.render = function (target) {
    var self = this;
    var container = typeof target === 'string' ? document.querySelector(target) : target;
    if (!container) {
      return Promise.reject(new Error('Document is ready and element ' + target + ' does not exist'));
    }
    var style = this.options.style || {};
    var query = new URLSearchParams({ origin: window.location.origin, label: style.label || '', color: style.color || '', shape: style.shape || '' });
    var frame = document.createElement('iframe');
    frame.title = 'PayPal';
    frame.name = 'paypal-button-frame';
    Object.assign(frame.style, { display: 'block', width: '100%', height: (style.height || 45) + 'px', border: '0' });
    frame.src = ORIGIN + '/paypal/sdk/button?' + query;
    this.frame = frame;
    window.addEventListener('message', this.listen);
    return new Promise(function (resolve) {
      self.rendered = resolve;
      container.appendChild(frame);
    });
  };

  Buttons.prototype.close = function () {
    window.removeEventListener('message', this.listen);
    if (this.frame) {
      this.say('close');
      this.frame.remove();
      this.frame = null;
    }
    return Promise.resolve();
  };

  Buttons.prototype.say = function (what, more) {
    if (this.frame) {
      this.frame.contentWindow.postMessage(Object.assign({ sandboxPayPal: what }, more), ORIGIN);
    }
  };

  Buttons.prototype.listen = function (event) {
    if (!this.frame || event.source !== this.frame.contentWindow || event.origin !== ORIGIN || !event.data) {
      return;
    }
    var heard = { ready: this.ready, clicked: this.clicked, blocked: this.blocked, approved: this.approved, cancelled: this.cancelled };
    if (heard[event.data.sandboxPayPal]) {
      heard[event.data.sandboxPayPal].call(this, event.data);
    }
  };

  Buttons.prototype.ready = function () {
    var self = this;
    if (this.options.onInit) {
      this.options.onInit({}, {
        enable: function () { self.say('enable'); return Promise.resolve(); },
        disable: function () { self.say('disable'); return Promise.resolve(); }
      });
    }
    this.rendered();
  };

  Buttons.prototype.clicked = function () {
    var self = this;
    var wanted = true;
    var actions = {
      resolve: function () { wanted = true; return Promise.resolve(); },
      reject: function () { wanted = false; return Promise.resolve(); }
    };
    if (this.busy) {
      return;
    }
    this.busy = true;
    attempt(function () {
      return self.options.onClick && self.options.onClick({ fundingSource: FUNDING.PAYPAL }, actions);
    }).then(function (answer) {
      if (!wanted || answer === false) {
        self.busy = false;
        return undefined;
      }
      return self.begin();
    }).catch(function (error) {
      self.fail(error);
    });
  };

  Buttons.prototype.begin = function () {
    var self = this;
    this.orderID = null;
    this.isBlocked = false;
    this.say('open');
    return attempt(function () {
      return self.options.createOrder({ paymentSource: FUNDING.PAYPAL }, {});
    }).then(function (orderID) {
      if (typeof orderID !== 'string' || !orderID) {
        throw new Error('Expected an order id to be passed');
      }
      if (self.busy) {
        self.orderID = orderID;
        self.show();
      }
    });
  };

  /* The window may turn out to be blocked before or after the order's id is known. */
  Buttons.prototype.show = function () {
    var self = this;
    if (!this.orderID) {
      return;
    }
    if (!this.isBlocked) {
      this.say('order', { orderID: this.orderID });
      return;
    }
    overlay(this.orderID).then(function (data) {
      (data.outcome === 'approve' ? self.approved : self.cancelled).call(self, data);
    });
  };

  Buttons.prototype.blocked = function () {
    this.isBlocked = true;
    this.show();
  };

  Buttons.prototype.approved = function (data) {
    var self = this;
    var restarted = false;
    var actions = {
      redirect: redirect,
      restart: function () {
        restarted = true;
        self.isBlocked = false;
        self.busy = true;
        self.say('open');
        self.show();
        return Promise.resolve();
      }
    };
    var approval = {
      orderID: data.orderID, payerID: data.payerID, paymentID: null, billingToken: null, facilitatorAccessToken: null,
      paymentSource: FUNDING.PAYPAL
    };
    attempt(function () {
      return self.options.onApprove(approval, actions);
    }).then(function () {
      self.busy = restarted;
    }).catch(function (error) {
      self.fail(error);
    });
  };

  Buttons.prototype.cancelled = function () {
    var self = this;
    this.busy = false;
    if (this.options.onCancel) {
      attempt(function () {
        return self.options.onCancel({ orderID: self.orderID }, { redirect: redirect });
      }).catch(function (error) {
        self.fail(error);
      });
    }
  };

  Buttons.prototype.fail = function (error) {
    this.busy = false;
    this.say('close');
    if (!this.options.onError) {
      throw error;
    }
    this.options.onError(error);
  };

  window[script.getAttribute('data-namespace') || 'paypal'] = {
    version: '5.0.0-sandbox',
    FUNDING: FUNDING,
    Buttons: function (options) {
      return new Buttons(options);
    },
    getFundingSources: function () {
      return [FUNDING.PAYPAL];
    },
    isFundingEligible: function (source) {
      return source === FUNDING.PAYPAL;
    }
  };
})();
