/** The first token asked for is the one that nearly every call takes: the focus goes to its field. */
const focusOnFirst = ({ React }) => ({
  wrapComponents: {
    authorizationPopup: (Popup) =>
      class extends React.Component {
        componentDidMount() {
          document.querySelector('.auth-container input')?.focus();
        }

        render() {
          return React.createElement(Popup, this.props);
        }
      },
  },
});

SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  persistAuthorization: false,
  plugins: [focusOnFirst],
  tryItOutEnabled: true,
  validatorUrl: null,
});
