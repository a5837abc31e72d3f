// What was being written in a form of this referral is done: nobody is offered it again.
if (document.getElementById('done')) {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(`hotline111-kept:${location.pathname}/`)) sessionStorage.removeItem(key)
}
