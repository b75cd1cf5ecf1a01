/* Once the payer has decided: tells the window that opened this page, which closes it. */
(function () {
  'use strict';
  var data = document.body.dataset;
  var opener = window.opener || (window.parent !== window ? window.parent : null);
  if (data.outcome && opener) {
    opener.postMessage({ sandboxPayPal: 'decided', outcome: data.outcome, orderID: data.order, payerID: data.payer }, '*');
  }
})();
