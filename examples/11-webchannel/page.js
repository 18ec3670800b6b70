// SPDX-License-Identifier: MIT
'use strict';

const element = id => document.getElementById(id);
const degrees = value => value.toFixed(1);

//! [page]
function connect() {
    const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/channel');
    socket.onopen = () => new QWebChannel(socket, channel => show(channel.objects.greenhouse));
    socket.onclose = event => lose(event.reason);
}

function show(greenhouse) {
    const follow = (property, update) => {
        greenhouse[property + 'Changed'].connect(() => update(greenhouse[property])); // a property of the QObject
        update(greenhouse[property]);
    };
    follow('temperature', value => element('temperature').innerHTML = `${degrees(value)} <small>°C</small>`);
    follow('target', value => {
        element('target').value = value;
        element('target-shown').textContent = degrees(value) + ' °C';
    });
    follow('windowOpen', value => element('window').checked = value);
    follow('visitors', value => element('state').textContent = value === 1 ? 'Only you are here' : `${value} are here`);
    greenhouse.watered.connect(log); // a signal

    element('target').oninput = event => greenhouse.target = Number(event.target.value);
    element('window').onchange = event => greenhouse.windowOpen = event.target.checked;
    element('water').onsubmit = event => {
        event.preventDefault();
        greenhouse.water(element('gardener').value, litres => { // a slot, and what it returns
            element('answer').textContent = litres < 0 ? 'The tank is empty.' : `Thank you! ${litres} l are left.`;
        });
    };
    setState('open');
}
//! [page]

function log(gardener, litres) {
    const line = document.createElement('li');
    line.append(`${gardener} has watered, ${litres} l are left`);
    const time = document.createElement('time');
    time.textContent = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    line.append(time);
    element('log').prepend(line);
    while (element('log').childElementCount > 8)
        element('log').lastElementChild.remove();
}

function setState(state) {
    document.body.dataset.state = state;
    element('controls').disabled = state !== 'open';
    element('notice').hidden = state === 'open';
}

function lose(reason) {
    setState('closed');
    element('state').textContent = 'Not connected';
    element('notice').textContent = reason ? `Disconnected: ${reason}. Trying again…` : 'No connection. Trying again…';
    setTimeout(connect, 1000);
}

connect();
