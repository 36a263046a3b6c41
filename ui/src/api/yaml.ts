/** The name under which YAML that was typed into the page is sent, and by which the server names its lines. */
export const YAML_PATH = "console.yaml";
