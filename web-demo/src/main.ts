import { mount } from 'svelte';
import App from './views/App.svelte';
import './theme.css';

mount(App, { target: document.body });
