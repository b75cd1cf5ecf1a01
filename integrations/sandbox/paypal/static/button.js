/* The PayPal button in its frame: opens the approval window and tells the shop's page what became of it. */
(function () {
  'use strict';
  var query = new URLSearchParams(window.location.search);
  var shop = query.get('origin') || '';
  var label = { paypal: 'PayPal', pay: 'Pay with PayPal', checkout: 'PayPal Checkout', buynow: 'PayPal Buy Now' };
  var button = document.querySelector('button');
  var popup = null;
  var watch = 0;

  document.documentElement.dataset.color = query.get('color') || 'gold';
  document.documentElement.dataset.shape = query.get('shape') || 'rect';
  button.textContent = label[query.get('label')] || label.paypal;
  button.setAttribute('aria-label', button.textContent);

  function tell(what, more) {
    window.parent.postMessage(Object.assign({ sandboxPayPal: what }, more), shop);
  }

  function close() {
    window.clearInterval(watch);
    if (popup && !popup.closed) {
      popup.close();
    }
    popup = null;
  }

  function open() {
    close();
    popup = window.open('/paypal/sdk/loading', '_blank', 'popup,width=500,height=720');
    if (!popup) {
      tell('blocked');
      return;
    }
    watch = window.setInterval(function () {
      if (popup && popup.closed) {
        close();
        tell('cancelled');
      }
    }, 250);
  }

  var orders = {
    open: open,
    close: close,
    order: function (data) {
      if (popup) {
        popup.location.replace('/paypal/checkoutnow?mode=popup&token=' + encodeURIComponent(data.orderID));
      }
    },
    enable: function () {
      button.disabled = false;
    },
    disable: function () {
      button.disabled = true;
    }
  };

  window.addEventListener('message', function (event) {
    var data = event.data || {};
    if (event.source === window.parent && event.origin === shop && orders[data.sandboxPayPal]) {
      orders[data.sandboxPayPal](data);
    } else if (popup && event.source === popup && event.origin === window.location.origin && data.sandboxPayPal === 'decided') {
      close();
      tell(data.outcome === 'approve' ? 'approved' : 'cancelled', { orderID: data.orderID, payerID: data.payerID });
    }
  });

  button.addEventListener('click', function () {
    tell('clicked');
  });
  tell('ready');
})();
