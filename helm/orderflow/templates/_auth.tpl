{{/* How a component knows who calls it: (dict "root" $ "name" component name). */}}
{{- define "orderflow.authEnv" -}}
{{- with .root.Values.auth }}
{{- if .insecureNoAuthentication }}
- {name: ORDERFLOW_INSECURE_NO_AUTHENTICATION, value: "true"}
{{- else }}
- {name: ORDERFLOW_AUTH_ISSUER, value: {{ .issuer | quote }}}
- {name: ORDERFLOW_AUTH_AUDIENCE, value: {{ .audience | quote }}}
{{- if .keys.configMap }}
- {name: ORDERFLOW_AUTH_KEYS_FILE, value: /etc/orderflow/auth-keys/keys.json}
{{- else }}
- {name: ORDERFLOW_AUTH_KEYS_URL, value: {{ .keys.url | quote }}}
{{- if .keys.caSecret }}
- {name: ORDERFLOW_AUTH_KEYS_AUTHORITIES_FILE, value: /etc/orderflow/auth-ca/ca.crt}
{{- end }}
{{- end }}
- {name: ORDERFLOW_AUTH_KEYS_REFRESH_MS, value: "{{ mul .keys.refreshSeconds 1000 }}"}
- {name: ORDERFLOW_AUTH_CLOCK_SKEW_MS, value: "{{ mul .clockSkewSeconds 1000 }}"}
- {name: ORDERFLOW_AUTH_TRUST_DOMAIN, value: {{ $.root.Values.tls.trustDomain | quote }}}
{{- if eq $.name "order-service" }}
- {name: ORDERFLOW_AUTH_CUSTOMER_CALLS_PER_SECOND, value: "{{ int64 .customerCallsPerSecond }}"}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Names of the volumes that it needs, as a YAML list. */}}
{{- define "orderflow.authVolumeNames" -}}
{{- $auth := .root.Values.auth -}}
{{- $names := list -}}
{{- if not $auth.insecureNoAuthentication -}}
{{- if $auth.keys.configMap -}}{{- $names = append $names "auth-keys" -}}
{{- else if $auth.keys.caSecret -}}{{- $names = append $names "auth-ca" -}}{{- end -}}
{{- end -}}
{{ toYaml $names }}
{{- end -}}

{{- define "orderflow.authVolumes" -}}
{{- $keys := .root.Values.auth.keys -}}
{{- range include "orderflow.authVolumeNames" . | fromYamlArray }}
{{- if eq . "auth-keys" }}
- name: auth-keys
  configMap:
    name: {{ $keys.configMap }}
    items:
      - {key: {{ $keys.configMapKey }}, path: keys.json}
{{- else }}
{{ include "orderflow.secretVolume" (dict "volume" "auth-ca" "secret" $keys.caSecret "items" (dict "ca.crt" $keys.caSecretKey)) }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "orderflow.problemsOfAuth" -}}
{{- with .Values.auth }}
{{- $tokens := or .issuer .audience .keys.url .keys.configMap }}
{{- if and .insecureNoAuthentication $tokens }}
auth.insecureNoAuthentication: contradicts auth.issuer, audience and keys; set it to false, or take those out
{{- end }}
{{- if not (or .insecureNoAuthentication $tokens) }}
auth.issuer: the API would let everybody in: say whose tokens count (auth.issuer, auth.audience, auth.keys), or set auth.insecureNoAuthentication for a test
{{- end }}
{{- if $tokens }}
{{- if not (and .issuer .audience) }}
auth.audience: a token is looked at by its issuer and its audience; set auth.issuer and auth.audience
{{- end }}
{{- if eq (empty .keys.url) (empty .keys.configMap) }}
auth.keys.url: tokens are verified with one key set: set either this or auth.keys.configMap
{{- end }}
{{- if not $.Values.tls.enabled }}
tls.enabled: tokens could be read along and used by others; set it
{{- end }}
{{- if and $.Values.helmTest.enabled (not .testToken.existingSecret) }}
auth.testToken.existingSecret: name the Secret with the token that `helm test` shows, or set helmTest.enabled to false
{{- end }}
{{- if and $.Values.networkPolicy.enabled .keys.url (not $.Values.networkPolicy.identityProvider.to) }}
networkPolicy.identityProvider.to: list the peers that serve auth.keys.url
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
