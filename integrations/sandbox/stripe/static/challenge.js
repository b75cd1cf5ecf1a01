(function () {
  'use strict';
  if (document.body.hasAttribute('data-finished') && window.parent !== window) {
    window.parent.postMessage({ sandbox: 'stripe-challenge-finished' }, '*');
  }
})();
