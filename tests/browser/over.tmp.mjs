import { chromium } from "playwright-core";
const b=await chromium.launch({executablePath:"/usr/bin/chromium",args:["--headless","--no-sandbox"]});
const p=await b.newPage({viewport:{width:360,height:800}}); await p.goto(`file:///tmp/shots/${process.argv[2]}.html`); await p.waitForTimeout(400);
console.log(await p.evaluate(()=>[...document.querySelectorAll("body *")].filter(e=>{const r=e.getBoundingClientRect(); if(r.right<=361) return false; for(let q=e.parentElement;q;q=q.parentElement){ if(getComputedStyle(q).overflowX!=="visible") return false;} return true;}).slice(0,15).map(e=>e.tagName+"."+e.getAttribute("class")+"#"+e.id+" "+Math.round(e.getBoundingClientRect().right)+" "+(e.textContent||"").slice(0,30)).join("\n")));
await b.close();
