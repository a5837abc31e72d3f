// What was being written in a form of this referral is done: nobody is offered it again.
if (document.getElementById('done')) {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(`hotline111-kept:${location.pathname}/`)) sessionStorage.removeItem(key)
}

// The course is sent anew without the names of the package, which only opening it tells. They are on the page already.
const names = new Map([...document.querySelectorAll('[data-person][data-named]')].map(element => [element.dataset.person, element.textContent]))
document.addEventListener('htmx:after:swap', () => {
  for (const element of document.querySelectorAll('[data-person]:not([data-named])')) {
    if (names.has(element.dataset.person)) element.textContent = names.get(element.dataset.person)
  }
})
