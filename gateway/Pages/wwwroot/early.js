// Before the page is shown: tells the style sheets that scripts run.
document.body.classList.add('js-enabled', 'govuk-frontend-supported')
